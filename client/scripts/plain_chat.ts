/**
 * The chat in a pipe: lines in, lines out.
 *
 * @module
 */

import {
  type ByteString,
  DayBreaks,
  LineDecoder,
  MAX_LINE_BYTES,
  parseTextLine,
  type ServerFrame,
  textLines,
  Timestamps,
  TOO_LONG,
} from "../../protocol/mod.ts";
import { BatchedOutput, type OutputStream } from "../batched_output.ts";
import { ChatClient, type ConnectOptions } from "../chat_client.ts";
import { ChatError } from "../core/chat_error.ts";
import { systemClock } from "../core/clock.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import {
  type ConnectionEvent,
  connectionLine,
  isOffline,
  OFFLINE,
} from "../core/connection_event.ts";
import { GOODBYE_MILLISECONDS, unsentPassword, untilStopped } from "../leaving.ts";
import { fallbackNotice, isPlainPeer, runLinePipe } from "../lines/line_chat.ts";
import type { ChatOutcome, LeaveReason } from "../outcome.ts";
import { SCRIPT_RECONNECT } from "../core/reconnection.ts";
import { type InputStream, textOf } from "../lines/input_lines.ts";
import { carryOut } from "../typed_line.ts";

/** Lines that are sent before the first of them is answered. Enough to keep a fast server busy, few
 * enough that a slow one does not make the client collect them. */
const WINDOW = 64;

/** Milliseconds that incoming lines wait to be written together: a script should not notice. */
const BATCH_MILLISECONDS = 1;

/** What a chat in a pipe needs. */
export interface PlainChatOptions extends ConnectOptions {
  /** What is said, one message or command a line. */
  readonly input: InputStream;
  /** Gets what others say: the lines that a client with `nc` would see. */
  readonly output: OutputStream;
  /** Gets what was refused, and why the chat ended if not by its own doing. */
  readonly errors: OutputStream;
  /** Whether the name is one that the user did not choose. Default: false. */
  readonly isNameMadeUp?: boolean;
  /** Leaves the chat, or gives up connecting. */
  readonly stop?: AbortSignal;
}

/**
 * Chats by lines until the input ends and everything in it was dealt with, or the server goes.
 *
 * It never rejects: what went wrong is written to `errors` and in the outcome.
 */
export async function runPlainChat(options: PlainChatOptions): Promise<ChatOutcome> {
  const { errors } = options;
  errors.on("error", () => {}); // nobody is left to be told
  try {
    const client = await ChatClient.connect({
      reconnect: SCRIPT_RECONNECT,
      plainPeers: true,
      ...options,
    });
    const chat = new PlainChat(client, options);
    const outcome = await chat.run();
    if (outcome.type === "failed") errors.write(outcome.error.message + "\n");
    return outcome;
  } catch (error) {
    if (!(error instanceof ConnectionError || error instanceof ChatError)) throw error;
    if (options.stop?.aborted === true) {
      if (isPlainPeer(error)) error.plainPeer.connection?.destroy();
      return { type: "quit", by: "stopped", refused: 0 };
    }
    if (isPlainPeer(error)) {
      errors.write(fallbackNotice(options, error));
      return await runLinePipe({ ...options, peer: error.plainPeer });
    }
    errors.write(`${error.message}${unsentPassword(error, options)}\n`);
    return { type: "failed", error, joined: false };
  }
}

/**
 * 1. At most {@link WINDOW} lines are under way; then the input is not read.
 * 2. After the last line, and its answer, it quits; that the server says goodbye means that
 *    everything arrived.
 * 3. While the output is not read, it reads no events. Once stopped, it does not wait for the output.
 * 4. Lines without an answer count as refused when it leaves.
 */
class PlainChat {
  readonly #lines = new LineDecoder(MAX_LINE_BYTES);
  readonly #stamps = new Timestamps();
  readonly #clock;
  readonly #days: DayBreaks;
  readonly #output: BatchedOutput;
  readonly #errors: BatchedOutput;
  /** The number of the input's last line that was read. */
  #lineNumber = 0;
  #underWay = 0;
  #refused = 0;
  #inputEnded = false;
  #leaveReason: LeaveReason | undefined;
  /** The reason given with `/quit`. */
  #reason: string | undefined;
  #isQuitting = false;

  constructor(private readonly client: ChatClient, private readonly options: PlainChatOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#days = new DayBreaks(this.#clock.now());
    this.#output = new BatchedOutput(options.output, this.#clock, BATCH_MILLISECONDS);
    this.#errors = new BatchedOutput(options.errors, this.#clock, BATCH_MILLISECONDS);
  }

  async run(): Promise<ChatOutcome> {
    const { input, stop } = this.options;
    const leave = () => this.#leave("stopped");
    stop?.addEventListener("abort", leave);
    if (stop?.aborted === true) leave();
    void this.#output.broken.then(() => this.#leave("output closed"));
    const printed = this.#printEvents();
    this.#readInput();
    const closing = await this.client.closed;
    this.#refused += this.#underWay;
    stop?.removeEventListener("abort", leave);
    input.pause();
    const written = printed.then(() => Promise.all([this.#output.finish(), this.#errors.finish()]));
    await untilStopped(written, stop, this.#clock);
    const unwritable = this.#output.outcome(this.options.errors);
    if (unwritable !== undefined) return unwritable;
    const by = this.#leaveReason;
    if (by !== undefined && (closing.type === "left" || by === "output closed")) {
      return { type: "quit", by, refused: this.#refused };
    }
    if (closing.type === "lost") return { type: "failed", error: closing.error, joined: true };
    return { type: "server closed", text: closing.type === "left" ? "" : closing.text };
  }

  #readInput(): void {
    const { input } = this.options;
    input.setEncoding("latin1");
    input.on("data", (chunk) => {
      this.#lines.push(chunk);
      this.#sendLines();
    });
    const end = () => {
      this.#inputEnded = true;
      this.#sendLines();
    };
    input.on("end", end);
    input.on("error", end);
  }

  /** Sends lines while the window is open, and quits after the last. */
  #sendLines(): void {
    while (this.#underWay < WINDOW && this.#leaveReason === undefined) {
      let line = this.#lines.next();
      if (line === undefined) {
        if (!this.#inputEnded) return void this.options.input.resume();
        line = this.#lines.finish();
        if (line === undefined) {
          this.#leaveReason = "end of input";
          break;
        }
      }
      this.#lineNumber++;
      if (line === TOO_LONG) this.#refuseLine(line);
      else this.#sendLine(line);
    }
    this.options.input.pause();
    if (this.#leaveReason === undefined || this.#underWay > 0 || this.#isQuitting) return;
    this.#isQuitting = true;
    void this.client.quit(undefined, this.#reason);
  }

  #sendLine(line: string): void {
    const parsed = parseTextLine(line);
    if (parsed === undefined) return;
    if (parsed.error?.code === "invalid_utf8") return this.#refuseLine(line);
    if (parsed.error !== undefined) {
      return this.#refuse(`Line ${this.#lineNumber}: ${parsed.error.text}`);
    }
    if (parsed.frame.type === "quit") {
      this.#leaveReason = "command";
      this.#reason = parsed.frame.reason;
      return;
    }
    this.#underWay++;
    carryOut(this.client, parsed.frame, this.#clock.now).then(
      (frame) => frame && this.#print(frame),
      // A refusal is among the events, and the end of the connection is told once.
      (error) => this.#tellOffline(error),
    ).finally(() => {
      this.#underWay--;
      this.#sendLines();
    });
  }

  async #printEvents(): Promise<void> {
    for await (const frame of this.client.events()) {
      if (frame.type === "error") this.#refuse(frame.text);
      else if (frame.type === "connection") this.#tellConnection(frame);
      else this.#print(frame);
      await this.#output.ready();
    }
  }

  #tellConnection(event: ConnectionEvent): void {
    if (event.state === "restored") this.#refused += event.uncertain;
    this.#errors.add(this.#stamps.at(this.#clock.now()) + connectionLine(event) + "\n");
  }

  #print(frame: ServerFrame): void {
    const now = this.#clock.now();
    const lines = textLines(frame, this.#stamps, now, this.client.name);
    if (lines !== "") this.#output.add(this.#days.before(now) + lines);
  }

  /** Refuses a line that cannot be decoded. */
  #refuseLine(line: ByteString | typeof TOO_LONG): void {
    const fault = textOf(line, this.#lineNumber);
    if (fault instanceof ChatError) this.#refuse(fault.text);
  }

  /** Tells that a line was not taken. The code does not matter to a reader. */
  #refuse(text: string): void {
    this.#refused++;
    const frame: ServerFrame = { type: "error", code: "invalid_frame", text };
    this.#errors.add(textLines(frame, this.#stamps, this.#clock.now(), this.client.name));
  }

  /** Only messages, whispers and changes of room wait for a connection. */
  #tellOffline(error: unknown): void {
    if (isOffline(error) && !this.client.isClosed) this.#refuse(OFFLINE);
  }

  /** Leaves without waiting for what is under way. */
  #leave(by: LeaveReason): void {
    this.#leaveReason ??= by;
    // If it is waiting for the goodbye already, this limits the time.
    void this.client.quit(GOODBYE_MILLISECONDS);
    this.#isQuitting = true;
  }
}
