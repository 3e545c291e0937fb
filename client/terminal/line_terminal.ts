import type { ClientOptions } from "../client_options.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { PlainPeer } from "../core/unknown_peer.ts";
import { GOODBYE_MILLISECONDS } from "../leaving.ts";
import { connectionTo, failureOf, isQuit, outcomeOf, refusalOf } from "../lines/line_chat.ts";
import { LineConnection } from "../lines/line_connection.ts";
import type { ChatOutcome, LeaveReason } from "../outcome.ts";
import type { Terminal } from "./terminal.ts";

const PROMPT = "> ";

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
