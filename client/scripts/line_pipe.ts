import type { TOO_LONG } from "../../protocol/mod.ts";
import { BatchedOutput, type OutputStream, PIPE_BATCH_MILLISECONDS } from "../batched_output.ts";
import type { ClientOptions } from "../client_options.ts";
import { ChatError } from "../core/chat_error.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { PlainPeer } from "../core/unknown_peer.ts";
import { unreadableOutcome, untilStopped } from "../leaving.ts";
import { END, type InputStream, LineInput, textOf } from "../lines/input_lines.ts";
import { connectionTo, failureOf, isQuit, outcomeOf, refusalOf } from "../lines/line_chat.ts";
import { LineConnection } from "../lines/line_connection.ts";
import type { ChatOutcome, LeaveReason } from "../outcome.ts";

/** Options of {@link runLinePipe}. */
interface LinePipeOptions extends ClientOptions {
  readonly input: InputStream;
  readonly output: OutputStream;
  readonly errors: OutputStream;
  readonly name: string;
  readonly isNameMadeUp?: boolean;
  readonly peer: PlainPeer;
}

/** Chats by lines in a pipe until the input has ended and the server closes or is silent. */
export function runLinePipe(options: LinePipeOptions): Promise<ChatOutcome> {
  return new LinePipe(options).run();
}

class LinePipe {
  readonly #clock: Clock;
  readonly #batches: BatchedOutput;
  readonly #connection: LineConnection;
  #lines: LineInput | undefined;
  #refused = 0;
  #leaveReason: LeaveReason | undefined;

  constructor(private readonly options: LinePipeOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#batches = new BatchedOutput(options.output, this.#clock, PIPE_BATCH_MILLISECONDS);
    this.#connection = new LineConnection(connectionTo(options.peer, options), {
      lines: (text) => {
        this.#batches.add(text);
        this.#connection.pause();
        void this.#batches.ready().then(() => this.#connection.resume());
      },
      partial: () => {}, // printed when complete
      drained: () => this.#sendLines(),
    });
  }

  async run(): Promise<ChatOutcome> {
    const { input, errors, stop, name, isNameMadeUp = false, peer } = this.options;
    const onStop = () => this.#leave("stopped");
    stop?.addEventListener("abort", onStop);
    if (stop?.aborted === true) onStop();
    void this.#batches.broken.then(() => this.#leave("output closed"));
    await this.#connection.join(name, !peer.isEcho && !isNameMadeUp);
    this.#lines = new LineInput(input, () => this.#sendLines());
    const error = await this.#connection.closed;
    stop?.removeEventListener("abort", onStop);
    input.pause();
    await untilStopped(this.#batches.finish(), stop, this.#clock);
    const failure = failureOf(this.#leaveReason, error);
    if (failure !== undefined) errors.write(failure.message + "\n");
    const unwritable = this.#batches.outcome(errors);
    if (unwritable !== undefined) return unwritable;
    if (failure === undefined && this.#leaveReason === "end of input") {
      const fault = this.#lines.failure;
      if (fault !== undefined) return unreadableOutcome(fault, errors);
    }
    return outcomeOf(this.#leaveReason, failure, this.#refused);
  }

  #leave(by: LeaveReason): void {
    if (this.#leaveReason !== undefined) return;
    this.#leaveReason = by;
    if (by === "stopped" || by === "output closed") this.#connection.destroy();
    else this.#connection.end();
  }

  /** Sends lines until the server is too slow for more, or after the last one ends the connection. */
  #sendLines(): void {
    const lines = this.#lines;
    while (lines !== undefined && this.#leaveReason === undefined) {
      if (this.#connection.isFull) return lines.pause();
      const line = lines.next();
      if (line === undefined) return;
      if (line === END) return this.#leave("end of input");
      this.#send(line, lines.number);
    }
  }

  #send(line: string | typeof TOO_LONG, number: number): void {
    const text = textOf(line, number);
    if (text instanceof ChatError) return this.#refuse(text.text);
    if (isQuit(text)) return this.#leave("command");
    const refusal = refusalOf(text);
    if (refusal === undefined) this.#connection.send(text);
    else this.#refuse(refusal);
  }

  #refuse(sentence: string): void {
    this.options.errors.write(sentence + "\n");
    this.#refused++;
  }
}
