/**
 * A room as it happens, for pipes: what was said, and then what is said.
 *
 * @module
 */

import {
  DayBreaks,
  type MessageFrame,
  type ServerFrame,
  textLines,
  Timestamps,
  type TimestampStyle,
} from "../../protocol/mod.ts";
import { BatchedOutput, type OutputStream } from "../batched_output.ts";
import { ChatClient, type ListenOptions } from "../chat_client.ts";
import { ChatError } from "../core/chat_error.ts";
import { systemClock } from "../core/clock.ts";
import { type ChatEvent, connectionLine } from "../core/connection_event.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import { GOODBYE_MILLISECONDS, unsentPassword, untilStopped } from "../leaving.ts";
import type { ChatOutcome } from "../outcome.ts";

/** Most messages in one page of a server's history. */
const PAGE = 500;

/** Milliseconds that lines wait to be written together. */
const BATCH_MILLISECONDS = 1;

/** From where on a room is told: a message's number, or a time in Unix milliseconds. */
export type TailStart = { readonly seq: number } | { readonly time: number };

/** What is to be told, and how to reach the server. */
export interface TailOptions extends Omit<ListenOptions, "listen"> {
  /** Default: what is said from now on; without {@link follow}, the last 50 messages. */
  readonly since?: TailStart;
  /** Goes on when all that was said is told. */
  readonly follow: boolean;
  /** Writes each frame as a JSON object in a line of its own, instead of text. */
  readonly json: boolean;
  /** The time in front of each line of text. With `local`, the default, a separate line has each new
   * date. */
  readonly timestamps?: TimestampStyle;
  /** Gets what was said, a line or a frame each. */
  readonly output: OutputStream;
  /** Gets what happens to the connection, and why it ended. */
  readonly errors: OutputStream;
}

/**
 * Tells a room until it is stopped, nobody reads the output any more, or all is told.
 *
 * It never rejects: what went wrong is written to `errors` and in the outcome.
 */
export async function runTail(options: TailOptions): Promise<ChatOutcome> {
  const { errors, stop } = options;
  errors.on("error", () => {}); // nobody is left to be told
  try {
    const client = await ChatClient.connect({
      reconnect: options.follow,
      ...options,
      listen: true,
    });
    return await new Tail(client, options).run();
  } catch (error) {
    if (!(error instanceof ConnectionError || error instanceof ChatError)) throw error;
    if (stop?.aborted === true) return { type: "quit", by: "stopped", refused: 0 };
    errors.write(`${error.message}${unsentPassword(error, options)}\n`);
    return { type: "failed", error, joined: false };
  }
}

class Tail {
  readonly #stamps: Timestamps;
  /** `undefined` if each line has its date, or no time. */
  readonly #days: DayBreaks | undefined;
  readonly #clock;
  readonly #output: BatchedOutput;
  /** Number of the last message that was told. */
  #lastSeq = 0;
  /** Tells what was said before and could not be told, since the connection broke. Until it has, what
   * is said is not told either: it would come too early, and is in the history by then. */
  #owed: (() => Promise<void>) | undefined;
  #by: "stopped" | "output closed" | undefined;

  constructor(private readonly client: ChatClient, private readonly options: TailOptions) {
    this.#clock = options.clock ?? systemClock;
    const { timestamps = "local" } = options;
    this.#stamps = new Timestamps(timestamps);
    this.#days = timestamps === "local" ? new DayBreaks(this.#clock.now()) : undefined;
    this.#output = new BatchedOutput(options.output, this.#clock, BATCH_MILLISECONDS);
  }

  async run(): Promise<ChatOutcome> {
    const { stop } = this.options;
    const leave = (by: "stopped" | "output closed") => {
      this.#by ??= by;
      void this.client.quit(GOODBYE_MILLISECONDS);
    };
    const stopped = () => leave("stopped");
    stop?.addEventListener("abort", stopped);
    void this.#output.broken.then(() => leave("output closed"));
    try {
      await untilStopped(this.#tellAll(), stop, this.#clock);
    } catch (error) {
      if (!(error instanceof ConnectionError || error instanceof ChatError)) throw error;
      if (this.#by === undefined) return this.#failed(error);
    } finally {
      stop?.removeEventListener("abort", stopped);
      this.client.close();
      await untilStopped(this.#output.finish(), stop, this.#clock);
    }
    const unwritable = this.#output.outcome(this.options.errors);
    if (unwritable !== undefined) return unwritable;
    const closing = await this.client.closed;
    if (this.#by === undefined && closing.type === "lost") return this.#failed(closing.error);
    if (this.#by === undefined && closing.type === "server closed") return closing;
    return { type: "quit", by: this.#by ?? "end of input", refused: 0 };
  }

  async #tellAll(): Promise<void> {
    const events = this.client.events();
    await this.#tellOrOwe(() => this.#tellPast());
    if (this.options.follow) await this.#tellPresent(events);
    else await this.client.quit();
  }

  #failed(error: ConnectionError | ChatError): ChatOutcome {
    this.options.errors.write(error.message + "\n");
    return { type: "failed", error, joined: true };
  }

  /** Tells what was said before; where the connection breaks meanwhile, that is still to be done. */
  async #tellOrOwe(past: () => Promise<void>): Promise<void> {
    this.#owed = past;
    try {
      await past();
      this.#owed = undefined;
    } catch (error) {
      if (!(error instanceof ConnectionError) || this.client.isClosed) throw error;
    }
  }

  async #tellPast(): Promise<void> {
    const { since, follow } = this.options;
    if (since === undefined) {
      if (!follow) await this.#tellMessages((await this.client.history()).messages);
    } else if ("seq" in since) await this.#tellFrom(Math.max(since.seq, this.#lastSeq));
    else await this.#tellMessages(await this.#messagesSince(since.time));
  }

  /** Page by page, each told before the next is asked for. */
  async #tellFrom(seq: number): Promise<void> {
    this.#lastSeq = seq;
    for (let more = true; more;) {
      const page = await this.client.history({ since: this.#lastSeq, limit: PAGE });
      const before = this.#lastSeq;
      await this.#tellMessages(page.messages);
      more = page.more && this.#lastSeq > before;
    }
  }

  /** A server pages by numbers alone: back from the last message until they are too old. */
  async #messagesSince(time: number): Promise<MessageFrame[]> {
    const pages: MessageFrame[][] = [];
    let before: number | undefined;
    for (;;) {
      const page = await this.client.history({
        limit: PAGE,
        ...(before === undefined ? undefined : { before }),
      });
      pages.unshift(page.messages);
      const oldest = page.messages[0];
      if (!page.more || oldest === undefined || oldest.time < time) break;
      before = oldest.seq;
    }
    return pages.flat().filter((message) => message.time >= time);
  }

  async #tellMessages(messages: readonly MessageFrame[]): Promise<void> {
    for (const message of messages) {
      this.#tell(message, true);
      await this.#output.ready();
    }
  }

  async #tellPresent(events: AsyncIterable<ChatEvent>): Promise<void> {
    for await (const event of events) {
      if (event.type === "connection") {
        this.options.errors.write(connectionLine(event) + "\n");
        if (event.state !== "restored") continue;
        // A new session starts at its own moment: what was said before is in the history.
        const past = this.#owed ?? (event.resumed ? undefined : () => this.#catchUp());
        if (past !== undefined) await this.#tellOrOwe(past);
      } else if (event.type === "welcome") {
        if (this.#lastSeq === 0 && this.#owed === undefined) this.#lastSeq = event.seq;
      } else if (!this.#isTold(event)) this.#tell(event);
      await this.#output.ready();
    }
  }

  async #catchUp(): Promise<void> {
    // Where the server remembers nothing, its numbers begin anew.
    const isForgotten = (this.client.welcome?.seq ?? 0) < this.#lastSeq;
    await this.#tellFrom(isForgotten ? 0 : this.#lastSeq);
  }

  /** Whether a frame is not printed here: an answer to an own request, or a part of the history. */
  #isTold(frame: ServerFrame): boolean {
    switch (frame.type) {
      case "history":
        return true;
      case "message":
        return this.#owed !== undefined || frame.seq <= this.#lastSeq;
      case "bye":
        return frame.reason === "quit";
      case "skipped":
        return this.#owed !== undefined;
      default:
        return false;
    }
  }

  /** @param isPast whether the frame is from the history: only then its date may be an earlier one. */
  #tell(frame: ServerFrame, isPast = false): void {
    if (frame.type === "message") this.#lastSeq = Math.max(this.#lastSeq, frame.seq);
    if (this.options.json) return this.#output.add(JSON.stringify(frame) + "\n");
    const now = this.#clock.now();
    const lines = textLines(frame, this.#stamps, now, this.client.name);
    if (lines === "") return;
    const time = frame.type === "message" ? frame.time : now;
    this.#output.add((this.#days?.before(time, { mayGoBack: isPast }) ?? "") + lines);
  }
}
