/**
 * The chat in a pipe: lines in, lines out.
 *
 * @module
 */

import {
  type ByteString,
  cleanBytes,
  DayBreaks,
  parseTextLine,
  requestError,
  type ServerFrame,
  textLines,
  Timestamps,
  TOO_LONG,
} from "../../protocol/mod.ts";
import { BatchedOutput, type OutputStream, PIPE_BATCH_MILLISECONDS } from "../batched_output.ts";
import { ChatClient, type ConnectOptions } from "../chat_client.ts";
import { ChatError } from "../core/chat_error.ts";
import { systemClock } from "../core/clock.ts";
import { connectionLine, isOffline } from "../connection_lines.ts";
import { type ConnectionEvent, OFFLINE } from "../core/connection_event.ts";
import {
  failedOutcome,
  GOODBYE_MILLISECONDS,
  unreadableOutcome,
  untilStopped,
} from "../leaving.ts";
import { fallbackNotice, isPlainPeer } from "../lines/line_chat.ts";
import { runLinePipe } from "./line_pipe.ts";
import type { ChatOutcome, LeaveReason } from "../outcome.ts";
import { SCRIPT_RECONNECT } from "../core/reconnection.ts";
import { END, type InputStream, LineInput, textOf } from "../lines/input_lines.ts";
import { CurrentRoom, LocalRefusal } from "../current_room.ts";
import { marked, RoomLog } from "../room_log.ts";
import { carryOut, turnOf } from "../typed_line.ts";

/** Maximum number of unanswered lines: enough for a fast server, and few for the memory of the client
 * of a slow one. */
const WINDOW = 64;

/** Options of {@link runPlainChat}. */
export interface PlainChatOptions extends ConnectOptions {
  /** One message or command per line. */
  readonly input: InputStream;
  /** Receives the lines that a client with `nc` would see. */
  readonly output: OutputStream;
  /** Receives refusals, and the reason of an unexpected end. */
  readonly errors: OutputStream;
  /** Whether the name is generated rather than chosen by the user. Default: false. */
  readonly isNameMadeUp?: boolean;
  /** Leaves the chat, or stops connecting. */
  readonly stop?: AbortSignal;
}

/**
 * Chats by lines until the input has ended and all of it is answered, or the server closes.
 *
 * It never rejects: errors are written to `errors` and returned in the outcome.
 */
export async function runPlainChat(options: PlainChatOptions): Promise<ChatOutcome> {
  const { errors } = options;
  errors.on("error", () => {}); // a broken error output is ignored
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
    if (isPlainPeer(error)) {
      if (options.stop?.aborted !== true) {
        errors.write(fallbackNotice(options, error));
        return await runLinePipe({ ...options, peer: error.plainPeer });
      }
      error.plainPeer.connection?.destroy();
    }
    return failedOutcome(error, options, errors);
  }
}

/**
 * 1. At {@link WINDOW} unanswered lines it pauses the input.
 * 2. After the answer to the last line it quits; the server's goodbye means that all lines arrived.
 * 3. While the output is not read, it reads no events. Once stopped, it does not wait for the output.
 * 4. Unanswered lines count as refused when it leaves.
 */
class PlainChat {
  #lines: LineInput | undefined;
  readonly #stamps = new Timestamps();
  readonly #clock;
  readonly #days: DayBreaks;
  readonly #output: BatchedOutput;
  readonly #errors: BatchedOutput;
  readonly #room: CurrentRoom;
  readonly #log: RoomLog;
  #unanswered = 0;
  #refused = 0;
  #leaveReason: LeaveReason | undefined;
  /** The reason given with `/quit`. */
  #reason: string | undefined;
  #isQuitting = false;

  constructor(private readonly client: ChatClient, private readonly options: PlainChatOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#days = new DayBreaks(this.#clock.now());
    this.#room = new CurrentRoom(client);
    this.#log = new RoomLog(client, this.#room);
    this.#output = new BatchedOutput(options.output, this.#clock, PIPE_BATCH_MILLISECONDS);
    this.#errors = new BatchedOutput(options.errors, this.#clock, PIPE_BATCH_MILLISECONDS);
  }

  async run(): Promise<ChatOutcome> {
    const { input, stop } = this.options;
    const leave = () => this.#leave("stopped");
    stop?.addEventListener("abort", leave);
    if (stop?.aborted === true) leave();
    void this.#output.broken.then(() => this.#leave("output closed"));
    const printed = this.#printEvents();
    this.#lines = new LineInput(input, () => this.#sendLines());
    const closing = await this.client.closed;
    this.#refused += this.#unanswered;
    stop?.removeEventListener("abort", leave);
    input.pause();
    const written = printed.then(() => Promise.all([this.#output.finish(), this.#errors.finish()]));
    await untilStopped(written, stop, this.#clock);
    const unwritable = this.#output.outcome(this.options.errors);
    if (unwritable !== undefined) return unwritable;
    const by = this.#leaveReason;
    const fault = this.#lines.failure;
    if (fault !== undefined && by === "end of input" && closing.type === "left") {
      return unreadableOutcome(fault, this.options.errors);
    }
    if (by !== undefined && (closing.type === "left" || by === "output closed")) {
      return { type: "quit", by, refused: this.#refused };
    }
    if (closing.type === "lost") return { type: "failed", error: closing.error, joined: true };
    return { type: "server closed", text: closing.type === "left" ? "" : closing.text };
  }

  /** Sends lines while the window is open, and quits after the last. */
  #sendLines(): void {
    const lines = this.#lines;
    if (lines === undefined) return;
    while (this.#unanswered < WINDOW && this.#leaveReason === undefined) {
      const line = lines.next();
      if (line === undefined) return;
      if (line === END) this.#leaveReason = "end of input";
      else if (line === TOO_LONG) this.#refuseLine(line, lines.number);
      else this.#sendLine(line, lines.number);
    }
    lines.pause();
    if (this.#leaveReason === undefined || this.#unanswered > 0 || this.#isQuitting) return;
    this.#isQuitting = true;
    void this.client.quit(undefined, this.#reason);
  }

  #sendLine(line: string, number: number): void {
    const room = turnOf(cleanBytes(line) ?? "");
    if (room !== undefined) return this.#turn(room, number);
    const parsed = parseTextLine(line);
    if (parsed === undefined) return;
    if (parsed.error?.code === "invalid_utf8") return this.#refuseLine(line, number);
    if (parsed.error !== undefined) {
      return this.#refuse(`Line ${number}: ${parsed.error.text}`);
    }
    if (parsed.frame.type === "quit") {
      this.#leaveReason = "command";
      this.#reason = parsed.frame.reason;
      return;
    }
    this.#unanswered++;
    carryOut(this.client, this.#room, parsed.frame, this.#clock.now).then(
      (frame) => frame && this.#print(frame),
      (error) => this.#printFailure(error),
    ).finally(() => {
      this.#unanswered--;
      this.#sendLines();
    });
  }

  #turn(room: string, number: number): void {
    if (room === "") {
      const { text } = requestError("missing_argument", "/room NAME");
      return this.#refuse(`Line ${number}: ${text}`);
    }
    try {
      this.#room.turn(room);
      this.#print({ type: "notice", text: `You are now in ${this.#room.name}.` });
    } catch (error) {
      this.#printFailure(error);
    }
  }

  async #printEvents(): Promise<void> {
    for await (const frame of this.client.events()) {
      this.#room.receive(frame);
      if (frame.type === "error") this.#refuse(frame.text);
      else if (frame.type === "connection") this.#printConnection(frame);
      else this.#print(frame);
      await this.#output.ready();
    }
  }

  #printConnection(event: ConnectionEvent): void {
    if (event.state === "restored") this.#refused += event.uncertain;
    this.#errors.add(this.#stamps.at(this.#clock.now()) + connectionLine(event) + "\n");
  }

  #print(received: ServerFrame): void {
    const logged = this.#log.logged(received);
    if (logged === undefined) return;
    const { frame, mark } = logged;
    const now = this.#clock.now();
    const lines = textLines(frame, marked(this.#stamps, mark), now, this.client.name);
    if (lines !== "") this.#output.add(this.#days.beforeFrame(frame, now) + lines);
  }

  /** Refuses a line that cannot be decoded. */
  #refuseLine(line: ByteString | typeof TOO_LONG, number: number): void {
    const fault = textOf(line, number);
    if (fault instanceof ChatError) this.#refuse(fault.text);
  }

  /** Prints a refused line; its code is not shown. */
  #refuse(text: string): void {
    this.#refused++;
    const frame: ServerFrame = { type: "error", code: "invalid_frame", text };
    this.#errors.add(textLines(frame, this.#stamps, this.#clock.now(), this.client.name));
  }

  /** Refusals of the server are events, and the end of the connection is printed once. Only messages,
   * whispers and changes of rooms wait for a connection. */
  #printFailure(error: unknown): void {
    if (error instanceof LocalRefusal) this.#refuse(error.text);
    if (isOffline(error) && !this.client.isClosed) this.#refuse(OFFLINE);
  }

  /** Leaves without waiting for answers. */
  #leave(by: LeaveReason): void {
    this.#leaveReason ??= by;
    // This limits the time of a wait for the goodbye that is in progress.
    void this.client.quit(GOODBYE_MILLISECONDS);
    this.#isQuitting = true;
  }
}
