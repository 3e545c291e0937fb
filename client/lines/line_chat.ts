/**
 * The chat with a server other than hubbub: plain lines, on a terminal and in a pipe.
 *
 * @module
 */

import { hostPort, type TOO_LONG } from "../../protocol/mod.ts";
import { mayHoldPassword, parseInput } from "../../protocol/commands.ts";
import { BatchedOutput, type OutputStream } from "../batched_output.ts";
import { ChatError } from "../core/chat_error.ts";
import type { ClientOptions, Credentials } from "../client_options.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import type { PlainPeer } from "../core/unknown_peer.ts";
import {
  GOODBYE_MILLISECONDS,
  unreadableOutcome,
  unsentPassword,
  untilStopped,
} from "../leaving.ts";
import { LineConnection } from "./line_connection.ts";
import type { ChatOutcome, LeaveReason } from "../outcome.ts";
import { END, type InputStream, LineInput, textOf } from "./input_lines.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { endpointOf } from "../core/transport.ts";

const PROMPT = "> ";
const BATCH_MILLISECONDS = 1;

/** Matches the advice for a mistyped command with a password. */
const PASSWORD_ADVICE = /Did you mean \/(?:register|nick)\?/;

/**
 * The reason why a line is not sent: it is a command of hubbub with a password, or a mistyped one, and a
 * user who expected hubbub would send the password to another server. That server's own commands pass.
 */
function refusalOf(line: string): string | undefined {
  if (!mayHoldPassword(line)) return undefined;
  const command = line.trim();
  const error = parseInput(command)?.error;
  if (error?.code === "unknown_command" && !PASSWORD_ADVICE.test(error.text)) return undefined;
  const [word] = command.split(/\s/, 1);
  return `Not sent: ${word}, since this is not a hubbub server and may show the password.`;
}

/** Whether a connection failed for lack of hubbub, so that plain lines are the next attempt. */
export function isPlainPeer(error: unknown): error is ConnectionError & { plainPeer: PlainPeer } {
  return error instanceof ConnectionError && error.plainPeer !== undefined;
}

/** The notice of the change to plain lines. */
export function fallbackNotice(
  options: ClientOptions & Credentials,
  error: ConnectionError & { plainPeer: PlainPeer },
): string {
  return `${hostPort(endpointOf(options))} is not a hubbub server: ` +
    `${error.plainPeer.description}.${unsentPassword(error, options)} Plain lines from here on.\n`;
}

/** Chats by lines on a terminal until the user leaves or the server closes. */
export function runLineTerminal(
  terminal: Terminal,
  options: ClientOptions & { readonly name?: string | undefined; readonly peer: PlainPeer },
): Promise<ChatOutcome> {
  return new LineTerminal(terminal, options).run();
}

class LineTerminal {
  readonly #clock: Clock;
  readonly #connection: LineConnection;
  /** Resolves after the name, which comes before all lines that are typed meanwhile. */
  readonly #joined: Promise<void>;
  #leaveReason: LeaveReason | undefined;
  /** The prompt of the server, if any. */
  #question = "";
  #isOver = false;

  constructor(
    private readonly terminal: Terminal,
    { name, peer, ...options }: Parameters<typeof runLineTerminal>[1],
  ) {
    this.#clock = options.clock ?? systemClock;
    this.#connection = new LineConnection(connectionTo(peer, options), {
      lines: (text) => terminal.print(text),
      partial: (text) => this.#ask(text),
      keepsQuestions: true,
      sending: (line, question) => {
        terminal.printNow(`${question || PROMPT}${line}\n`);
        this.#ask("");
      },
    });
    terminal.prompt(PROMPT);
    this.#joined = this.#connection.join(name, !peer.isEcho);
  }

  async run(): Promise<ChatOutcome> {
    void this.#readLines();
    const error = await this.#connection.closed;
    this.#isOver = true;
    const failure = failureOf(this.#leaveReason, error);
    if (failure !== undefined) this.terminal.print(failure.message + "\n");
    return outcomeOf(this.#leaveReason, failure);
  }

  #ask(question: string): void {
    if (question === this.#question) return;
    this.#question = question;
    this.terminal.prompt(question || PROMPT);
  }

  async #readLines(): Promise<void> {
    while (!this.#isOver) {
      const input = await this.terminal.read();
      if (input.type === "leave") this.#leave(input.by);
      else if (isQuit(input.text)) this.#leave("command");
      else {
        const lines = input.text.split("\n");
        void this.#joined.then(() => lines.forEach((line) => this.#send(line)));
      }
    }
  }

  #send(line: string): void {
    const refusal = refusalOf(line);
    if (refusal === undefined) this.#connection.send(line);
    else this.terminal.printNow(refusal + "\n");
  }

  #leave(by: LeaveReason): void {
    const isUrgent = this.#leaveReason !== undefined || by === "interrupt" || by === "stopped";
    if (isUrgent) this.#end();
    else void this.#joined.then(() => this.#end());
    this.#leaveReason ??= by;
  }

  #end(): void {
    this.#connection.end();
    // A server that keeps sending does not delay the end.
    const cancel = this.#clock.after(GOODBYE_MILLISECONDS, () => this.#connection.destroy());
    void this.#connection.closed.then(cancel);
  }
}

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
    this.#batches = new BatchedOutput(options.output, this.#clock, BATCH_MILLISECONDS);
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

/** Reuses the existing connection, or opens a new one. */
function connectionTo({ connection }: PlainPeer, options: ClientOptions): ClientOptions {
  return connection === undefined ? options : { ...options, openTransport: connection.open };
}

function isQuit(line: string): boolean {
  return /^\/?quit$/i.test(line.trim());
}

/** The error of a connection unless the user has left. A connection that breaks after the end of the
 * input may have lost a part of it. */
function failureOf(
  leaveReason: LeaveReason | undefined,
  error: ConnectionError | undefined,
): ConnectionError | undefined {
  const hasLeft = leaveReason !== undefined && leaveReason !== "end of input";
  return hasLeft && error?.code !== "not_hubbub" ? undefined : error;
}

function outcomeOf(
  leaveReason: LeaveReason | undefined,
  error: ConnectionError | undefined,
  refused = 0,
): ChatOutcome {
  if (error !== undefined) return { type: "failed", error, joined: error.code !== "not_hubbub" };
  if (leaveReason !== undefined) return { type: "quit", by: leaveReason, refused };
  return { type: "server closed", text: "" };
}
