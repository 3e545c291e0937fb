/**
 * The chat on a terminal, for a person.
 *
 * @module
 */

import type { Readable, Writable } from "node:stream";
import {
  cleanText,
  type ClientFrame,
  isBlank,
  parseInput,
  type ServerFrame,
} from "../../protocol/mod.ts";
import type { ChatClient } from "../chat_client.ts";
import type { ClientOptions, Credentials } from "../client_options.ts";
import { ChatError } from "../core/chat_error.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import {
  type ConnectionEvent,
  connectionLine,
  isOffline,
  OFFLINE,
  waitingLine,
} from "../core/connection_event.ts";
import { FileCommands } from "../files/file_commands.ts";
import { briefly, GOODBYE_MILLISECONDS, unsentPassword } from "../leaving.ts";
import { fallbackNotice, isPlainPeer, runLineTerminal } from "../lines/line_chat.ts";
import type { ChatOutcome, LeaveReason } from "../outcome.ts";
import { type JobControl, Terminal } from "./terminal.ts";
import { type BellMode, LOCAL_HELP, LOCAL_NAMES, rings, runLocally } from "./local_commands.ts";
import { ChatLines, COLORFUL, PLAIN } from "./chat_lines.ts";
import { Entrance } from "./terminal_login.ts";
import { PendingLines } from "./pending_lines.ts";
import { RoomContext } from "./room_context.ts";
import type { Typed } from "./user_input.ts";
import { carryOut } from "../typed_line.ts";

const PROMPT = "> ";
const DISCONNECTED = "Disconnected from server.\n";

/** What is sent again after a break, and can be typed while there is no connection. */
const KEPT: ReadonlySet<ClientFrame["type"]> = new Set([
  "message",
  "whisper",
  "reply",
  "join",
  "leave",
]);

/** What a chat on a terminal needs. */
export interface TerminalChatOptions extends ClientOptions, Credentials {
  /** Default: asks for it. */
  readonly name?: string;
  /** Default: the server's own, `lobby`. */
  readonly room?: string;
  /** The terminal's input; it is put into raw mode where it can be. */
  readonly input: Readable;
  /** The terminal's output. */
  readonly output: Writable;
  /** Gets the reason when there is no chat at all. */
  readonly errors: Writable;
  /** Whether names have colours. Default: true. */
  readonly color?: boolean;
  /** Stops the program on Ctrl+Z. Default: the key does nothing. */
  readonly jobs?: JobControl | undefined;
}

/**
 * Chats until the person leaves or the server goes.
 *
 * It never rejects: what went wrong is shown, and in the outcome. The process is the caller's to
 * end; the input is left paused.
 */
export async function runTerminalChat(options: TerminalChatOptions): Promise<ChatOutcome> {
  const { input, output, errors, name, room, color = true, jobs, ...given } = options;
  const clientOptions = { reconnect: true, plainPeers: true, ...given };
  const { stop } = options;
  errors.on("error", () => {}); // nobody is left to be told
  const clock = options.clock ?? systemClock;
  let terminal: Terminal | undefined;
  const leave = () => terminal?.leave("stopped");
  stop?.addEventListener("abort", leave);
  try {
    const lines = new ChatLines(clock, color ? COLORFUL : PLAIN);
    const entrance = await Entrance.open(clientOptions, output);
    output.write(`Connected to server at ${entrance.client.address}\n`);
    terminal = new Terminal(input, output, clock, jobs);
    const leaveReason = await entrance.join(terminal, lines, name, room);
    if (leaveReason === undefined) {
      return await new TerminalChat(terminal, entrance.client, clock, lines).run();
    }
    await entrance.client.quit(GOODBYE_MILLISECONDS);
    terminal.print(DISCONNECTED);
    await terminal.close();
    return { type: "quit", by: leaveReason, refused: 0 };
  } catch (error) {
    if (isPlainPeer(error) && stop?.aborted !== true) {
      output.write(fallbackNotice(options, error));
      terminal ??= new Terminal(input, output, clock, jobs);
      const outcome = await runLineTerminal(terminal, { ...given, name, peer: error.plainPeer });
      terminal.print(DISCONNECTED);
      await terminal.close();
      return outcome;
    }
    if (isPlainPeer(error)) error.plainPeer.connection?.destroy();
    await terminal?.close();
    if (!(error instanceof ConnectionError || error instanceof ChatError)) throw error;
    if (stop?.aborted === true) return { type: "quit", by: "stopped", refused: 0 };
    errors.write(`${error.message}${unsentPassword(error, options)}\n`);
    return { type: "failed", error, joined: false };
  } finally {
    stop?.removeEventListener("abort", leave);
  }
}

/** The chat once somebody is in. */
class TerminalChat {
  readonly #files: FileCommands;
  readonly #context: RoomContext;
  readonly #pending: PendingLines;
  #bell: BellMode = "mentions";
  /** Why the last attempt to connect again has failed. */
  #failure: string | undefined;
  #leaveReason: LeaveReason | undefined;
  /** Lines that the server may not have received. A refusal does not count: it was printed. */
  #undelivered = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly client: ChatClient,
    private readonly clock: Clock,
    private readonly lines: ChatLines,
  ) {
    this.#pending = new PendingLines((lines) => terminal.keep(lines));
    this.#context = new RoomContext(client, (text) => this.#tell(text));
    this.#files = new FileCommands(client, {
      tell: (text) => this.#tell(text),
      refuse: (text) => this.#refuse(text),
      now: clock.now,
    });
  }

  async run(): Promise<ChatOutcome> {
    this.terminal.onTab = (line, isBack) => this.#context.complete(line, isBack);
    this.terminal.prompt(PROMPT);
    const shown = this.#showEvents();
    void this.#readLines();
    const closing = await this.client.closed;
    // A disk or a terminal that does not answer must not delay the end.
    await briefly(Promise.all([this.#files.close(), shown]), this.clock);
    if (closing.type === "lost") this.terminal.print(closing.error.message + "\n");
    this.terminal.print(DISCONNECTED);
    await this.terminal.close();
    if (closing.type === "lost") return { type: "failed", error: closing.error, joined: true };
    if (closing.type === "left" && this.#leaveReason !== undefined) {
      return { type: "quit", by: this.#leaveReason, refused: this.#undelivered };
    }
    return { type: "server closed", text: closing.type === "left" ? "" : closing.text };
  }

  async #showEvents(): Promise<void> {
    let goodbye: ServerFrame | undefined;
    for await (const event of this.client.events()) {
      // The connection that is lost with it, and made again, is told in one line with it.
      goodbye = event.type === "bye" ? event : undefined;
      if (goodbye !== undefined) continue;
      if (event.type === "connection") this.#showConnection(event);
      else {
        if (rings(this.#bell, event, this.client.name)) this.terminal.ring();
        if (this.#context.heard(event) && !this.#files.show(event)) this.#show(event);
      }
      await this.terminal.ready();
    }
    if (goodbye !== undefined) this.#show(goodbye);
  }

  #showConnection(event: ConnectionEvent): void {
    this.#context.connection(event);
    const failure = event.state === "waiting" ? event.text : undefined;
    const isKnown = failure !== undefined && failure === this.#failure;
    this.#failure = failure;
    if (isKnown) return; // the next attempt has failed as the one before
    const line = failure === undefined ? connectionLine(event) : waitingLine(failure);
    this.terminal.print(this.lines.ofEvent(line));
  }

  async #readLines(): Promise<void> {
    while (!this.client.isClosed) {
      const typed = await this.terminal.read();
      if (typed.type === "leave") this.#leave(typed.by);
      else if (this.#leaveReason === undefined) this.#take(typed);
    }
  }

  #take(typed: Exclude<Typed, { type: "leave" }>): void {
    const text = cleanText(typed.text);
    if (typed.type === "line" || typed.as === "block") return this.#say(text);
    // What was pasted is text: a line that starts with a slash is said, not obeyed.
    for (const line of text.split("\n")) {
      if (!isBlank(line)) this.#send({ type: "message", text: line }, line);
    }
  }

  #say(line: string): void {
    if (this.#runLocally(line)) return;
    const parsed = parseInput(line, LOCAL_NAMES);
    if (parsed === undefined) return;
    if (parsed.error !== undefined) return this.#refuse(parsed.error.text);
    const { frame } = parsed;
    if (frame.type === "quit") return this.#leave("command", frame.reason);
    if (frame.type === "users" || frame.type === "rooms") this.#context.asked(frame.type);
    this.#send(frame, line);
  }

  #runLocally(line: string): boolean {
    return runLocally(line, {
      bell: this.#bell,
      setBell: (mode) => this.#bell = mode,
      clear: () => this.terminal.clear(),
      files: (line) => void this.#files.take(line),
      tell: (text) => this.#tell(text),
      refuse: (text) => this.#refuse(text),
    });
  }

  /** Sends it. What waits for a connection stays above the prompt until the server has taken it. */
  #send(frame: ClientFrame, typed: string): void {
    const isKept = KEPT.has(frame.type);
    const settled = isKept ? this.#pending.add(this.#pendingText(frame, typed)) : () => {};
    carryOut(this.client, frame, this.clock.now).then(
      (answer) => {
        settled();
        if (frame.type === "message") this.#showOwn(frame);
        else if (answer !== undefined) {
          this.#context.said(answer);
          this.#show(answer);
        }
        if (frame.type === "help") this.#tell(LOCAL_HELP);
      },
      (error) => {
        settled();
        if (frame.type === "message" || (isKept && !(error instanceof ChatError))) {
          this.#showUnsaid(this.#pendingText(frame, typed), error);
        } // A refusal is among the events, and the end of the connection is told once.
        else if (isOffline(error) && !this.client.isClosed) this.#refuse(OFFLINE);
      },
    );
  }

  #pendingText(frame: ClientFrame, typed: string): string {
    if (frame.type !== "message") return typed;
    return this.lines.ownText(frame.text, frame.action === true, this.client.name);
  }

  /** Shows what the person said, since the server does not send it back. */
  #showOwn({ text, action }: ClientFrame & { type: "message" }): void {
    this.terminal.print(this.lines.own(text, action === true, this.client.name));
  }

  /** What was not said is not to be gone either. The server's reason is among the events. */
  #showUnsaid(text: string, error: unknown): void {
    const isUncertain = error instanceof ConnectionError && error.code === "uncertain";
    const mark = error instanceof ChatError
      ? "(refused)"
      : isUncertain
      ? "(perhaps not delivered)"
      : "(not delivered)";
    if (!(error instanceof ChatError)) this.#undelivered++;
    this.terminal.print(this.lines.ofLine(text, mark));
  }

  #show(frame: ServerFrame): void {
    this.terminal.print(this.lines.of(frame, this.client.name));
  }

  /** What this client itself has to say. */
  #tell(text: string): void {
    this.terminal.printNow(this.lines.ofNotice(text));
  }

  #refuse(text: string): void {
    this.terminal.printNow(this.lines.ofError(text));
  }

  /** Leaves; the second time without waiting for a goodbye. */
  #leave(by: LeaveReason, reason?: string): void {
    if (this.#leaveReason !== undefined) return this.client.close();
    this.#leaveReason = by;
    void this.client.quit(GOODBYE_MILLISECONDS, reason);
  }
}
