/**
 * Prints the past and current messages of a room, for pipes.
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
import { BatchedOutput, type OutputStream, PIPE_BATCH_MILLISECONDS } from "../batched_output.ts";
import { ChatClient, type ListenOptions } from "../chat_client.ts";
import { ChatError } from "../core/chat_error.ts";
import { systemClock } from "../core/clock.ts";
import { connectionLine } from "../connection_lines.ts";
import type { ChatEvent } from "../core/connection_event.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import { failedOutcome, GOODBYE_MILLISECONDS, untilStopped } from "../leaving.ts";
import type { ChatOutcome } from "../outcome.ts";

/** Maximum number of messages in one page of the history. */
const PAGE = 500;

/** Where the output starts: after the number of a message, or at a time in Unix milliseconds. */
export type TailStart = { readonly seq: number } | { readonly time: number };

/** The messages to print, and the server. */
export interface TailOptions extends Omit<ListenOptions, "listen"> {
  /** Default: now; without {@link follow}, the last 50 messages. */
  readonly since?: TailStart;
  /** Continues with new messages after the past ones. */
  readonly follow: boolean;
  /** Writes each frame as a JSON object on its own line, instead of text. */
  readonly json: boolean;
  /** The time before each line of text. With `local`, the default, a new date is on its own line. */
  readonly timestamps?: TimestampStyle;
  /** Receives the messages, a line or a frame each. */
  readonly output: OutputStream;
  /** Receives connection events, and the reason of the end. */
  readonly errors: OutputStream;
}

/**
 * Prints a room until it is stopped, the output is closed, or all is printed.
 *
 * It never rejects: errors are written to `errors` and returned in the outcome.
 */
export async function runTail(options: TailOptions): Promise<ChatOutcome> {
  const { errors } = options;
  errors.on("error", () => {}); // a broken error output is ignored
  try {
    const client = await ChatClient.connect({
      reconnect: options.follow,
      ...options,
      listen: true,
    });
    return await new Tail(client, options).run();
  } catch (error) {
    return failedOutcome(error, options, errors);
  }
}

class Tail {
  readonly #stamps: Timestamps;
  /** `undefined` if each line has its date, or no time. */
  readonly #days: DayBreaks | undefined;
  readonly #clock;
  readonly #output: BatchedOutput;
  /** Number of the last printed message. */
  #lastSeq = 0;
  #hasPrinted = false;
  /** Prints past messages that a broken connection has delayed. Until then new messages are dropped:
   * they would come too early, and are in the history by then. */
  #backlog: (() => Promise<void>) | undefined;
  #by: "stopped" | "output closed" | undefined;

  constructor(private readonly client: ChatClient, private readonly options: TailOptions) {
    this.#clock = options.clock ?? systemClock;
    const { timestamps = "local" } = options;
    this.#stamps = new Timestamps(timestamps);
    this.#days = timestamps === "local" ? new DayBreaks(this.#clock.now()) : undefined;
    this.#output = new BatchedOutput(options.output, this.#clock, PIPE_BATCH_MILLISECONDS);
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
      await untilStopped(this.#printAll(), stop, this.#clock);
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

  async #printAll(): Promise<void> {
    const events = this.client.events();
    await this.#printOrRetry(() => this.#printPast());
    if (this.options.follow) return await this.#printNew(events);
    if (!this.#hasPrinted) this.options.errors.write(this.#emptyLine());
    await this.client.quit();
  }

  /** The reason of an empty output. A room exists as long as it has members or messages. */
  #emptyLine(): string {
    const { welcome } = this.client;
    const since = this.options.since === undefined || (welcome?.rooms[0]?.seq ?? 0) === 0
      ? ""
      : " since then";
    return `The room ${welcome?.rooms[0]?.room} does not exist, or has no messages${since}.\n`;
  }

  #failed(error: ConnectionError | ChatError): ChatOutcome {
    this.options.errors.write(error.message + "\n");
    return { type: "failed", error, joined: true };
  }

  /** Prints past messages; if the connection breaks meanwhile, they stay in the backlog. */
  async #printOrRetry(past: () => Promise<void>): Promise<void> {
    this.#backlog = past;
    try {
      await past();
      this.#backlog = undefined;
    } catch (error) {
      if (!(error instanceof ConnectionError) || this.client.isClosed) throw error;
    }
  }

  async #printPast(): Promise<void> {
    const { since, follow } = this.options;
    if (since === undefined) {
      if (!follow) await this.#printMessages((await this.client.history()).messages);
    } else if ("seq" in since) await this.#printFrom(Math.max(since.seq, this.#lastSeq));
    else {
      const first = await this.#firstSince(since.time);
      if (first !== undefined) await this.#printFrom(Math.max(first - 1, this.#lastSeq));
    }
  }

  /** Prints page by page: each before the next is requested. */
  async #printFrom(seq: number): Promise<void> {
    this.#lastSeq = seq;
    for (let more = true; more;) {
      const page = await this.client.history({ since: this.#lastSeq, limit: PAGE });
      const before = this.#lastSeq;
      await this.#printMessages(page.messages);
      more = page.more && this.#lastSeq > before;
    }
  }

  /**
   * The number of the first message since a time. Servers page by numbers only: pages are read backwards
   * until the messages are too old, and not kept, since there may be any number of them.
   */
  async #firstSince(time: number): Promise<number | undefined> {
    let first: number | undefined;
    let before: number | undefined;
    for (;;) {
      const { messages, more } = await this.client.history({
        limit: PAGE,
        ...(before === undefined ? undefined : { before }),
      });
      first = messages.find((message) => message.time >= time)?.seq ?? first;
      const [oldest] = messages;
      if (!more || oldest === undefined || oldest.time < time) return first;
      before = oldest.seq;
    }
  }

  async #printMessages(messages: readonly MessageFrame[]): Promise<void> {
    for (const message of messages) {
      this.#print(message, true);
      await this.#output.ready();
    }
  }

  async #printNew(events: AsyncIterable<ChatEvent>): Promise<void> {
    for await (const event of events) {
      if (event.type === "connection") {
        this.options.errors.write(connectionLine(event) + "\n");
        if (event.state !== "restored") continue;
        // A new session starts now: earlier messages are in the history.
        const past = this.#backlog ?? (event.resumed ? undefined : () => this.#catchUp());
        if (past !== undefined) await this.#printOrRetry(past);
      } else if (event.type === "welcome") {
        if (this.#lastSeq === 0 && this.#backlog === undefined) {
          this.#lastSeq = event.rooms[0]?.seq ?? 0;
        }
      } else if (!this.#isSkipped(event)) this.#print(event);
      await this.#output.ready();
    }
  }

  async #catchUp(): Promise<void> {
    // A server without stored messages starts its numbers anew.
    const hasRestarted = (this.client.welcome?.rooms[0]?.seq ?? 0) < this.#lastSeq;
    await this.#printFrom(hasRestarted ? 0 : this.#lastSeq);
  }

  /** Whether a frame is not printed: an answer to a request, or a message of the history. */
  #isSkipped(frame: ServerFrame): boolean {
    switch (frame.type) {
      case "history":
        return true;
      case "message":
        return this.#backlog !== undefined || frame.seq <= this.#lastSeq;
      case "bye":
        return frame.reason === "quit";
      case "skipped":
        return this.#backlog !== undefined;
      default:
        return false;
    }
  }

  /** @param isPast whether the frame is from the history: only then its date may be earlier. */
  #print(frame: ServerFrame, isPast = false): void {
    this.#hasPrinted = true;
    if (frame.type === "message") this.#lastSeq = Math.max(this.#lastSeq, frame.seq);
    if (this.options.json) return this.#output.add(JSON.stringify(frame) + "\n");
    const now = this.#clock.now();
    const lines = textLines(frame, this.#stamps, now, this.client.name);
    if (lines === "") return;
    const time = frame.type === "message" ? frame.time : now;
    this.#output.add((this.#days?.before(time, { mayGoBack: isPast }) ?? "") + lines);
  }
}
