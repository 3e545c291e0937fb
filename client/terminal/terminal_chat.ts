/**
 * The chat on a terminal.
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
import { type ConnectionEvent, OFFLINE } from "../core/connection_event.ts";
import { connectionLine, isOffline, waitingLine } from "../connection_lines.ts";
import { FileCommands } from "../files/file_commands.ts";
import { briefly, failedOutcome, GOODBYE_MILLISECONDS } from "../leaving.ts";
import { fallbackNotice, isPlainPeer } from "../lines/line_chat.ts";
import { runLineTerminal } from "./line_terminal.ts";
import type { ChatOutcome, LeaveReason } from "../outcome.ts";
import { type JobControl, Terminal } from "./terminal.ts";
import { type BellMode, LOCAL_HELP, LOCAL_NAMES, rings, runLocally } from "./local_commands.ts";
import { ChatLines, COLORFUL, PLAIN } from "./chat_lines.ts";
import { TerminalLogin } from "./terminal_login.ts";
import { PendingLines } from "./pending_lines.ts";
import { RoomContext } from "./room_context.ts";
import type { UserInput } from "./user_input.ts";
import { CurrentRoom, LocalRefusal } from "../current_room.ts";
import { RoomLog } from "../room_log.ts";
import { SearchPaging } from "./search_paging.ts";
import { RoomBar, roomPrompt } from "./room_bar.ts";
import { carryOut } from "../typed_line.ts";

const DISCONNECTED = "Disconnected from server.\n";

/** Frames that are sent again after a break, and accepted without a connection. */
const RETRIED: ReadonlySet<ClientFrame["type"]> = new Set([
  "message",
  "whisper",
  "reply",
  "join",
  "leave",
]);

/** Options of {@link runTerminalChat}. */
export interface TerminalChatOptions extends ClientOptions, Credentials {
  /** Default: asks the user. */
  readonly name?: string;
  /** Default: the one of the server, `lobby`. */
  readonly room?: string;
  /** Several rooms, instead of `room`. The user has turned to the first one. */
  readonly rooms?: readonly string[];
  /** The terminal's input; it is set to raw mode if possible. */
  readonly input: Readable;
  /** The terminal's output. */
  readonly output: Writable;
  /** Receives the reason when no chat begins. */
  readonly errors: Writable;
  /** Whether names have colours. Default: true. */
  readonly color?: boolean;
  /** Stops the program on Ctrl+Z. Default: the key does nothing. */
  readonly jobs?: JobControl | undefined;
}

/**
 * Chats until the user leaves or the server closes.
 *
 * It never rejects: errors are shown and returned in the outcome. The caller ends the process; the
 * input is left paused.
 */
export async function runTerminalChat(options: TerminalChatOptions): Promise<ChatOutcome> {
  const { input, output, errors, name, room, rooms, color = true, jobs, ...given } = options;
  const clientOptions = { reconnect: true, plainPeers: true, ...given };
  const { stop } = options;
  errors.on("error", () => {}); // a broken error output is ignored
  const clock = options.clock ?? systemClock;
  let terminal: Terminal | undefined;
  let login: TerminalLogin | undefined;
  const leave = () => terminal?.leave("stopped");
  stop?.addEventListener("abort", leave);
  try {
    const style = color ? COLORFUL : PLAIN;
    const lines = new ChatLines(clock, style);
    login = await TerminalLogin.open(clientOptions, output);
    output.write(`Connected to server at ${login.client.address}\n`);
    terminal = new Terminal(input, output, clock, jobs);
    const leaveReason = await login.join(terminal, lines, name, rooms ?? room);
    if (leaveReason === undefined) {
      const bar = new RoomBar(style);
      return await new TerminalChat(terminal, login.client, clock, lines, bar).run();
    }
    await login.client.quit(GOODBYE_MILLISECONDS);
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
    return failedOutcome(error, options, errors);
  } finally {
    stop?.removeEventListener("abort", leave);
    login?.client.close();
  }
}

/** The chat after the login. */
class TerminalChat {
  readonly #files: FileCommands;
  readonly #room: CurrentRoom;
  readonly #log: RoomLog;
  readonly #context: RoomContext;
  readonly #pending: PendingLines;
  readonly #search = new SearchPaging();
  #prompt: string | undefined;
  #hasBar = false;
  #bell: BellMode = "mentions";
  /** The reason why the last attempt to reconnect failed. */
  #failure: string | undefined;
  #leaveReason: LeaveReason | undefined;
  /** Number of lines that may not have reached the server. Refusals do not count: they were printed. */
  #undelivered = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly client: ChatClient,
    private readonly clock: Clock,
    private readonly lines: ChatLines,
    private readonly bar: RoomBar,
  ) {
    this.#room = new CurrentRoom(client, () => this.#turned());
    this.#log = new RoomLog(client, this.#room);
    this.#pending = new PendingLines(
      (lines) => terminal.keep(lines),
      (room) => this.#log.markOf(room),
    );
    this.#context = new RoomContext(client, this.#room, (text) => this.#notify(text));
    this.#files = new FileCommands(client, {
      notify: (text) => this.#notify(text),
      refuse: (text) => this.#refuse(text),
      now: clock.now,
    });
  }

  async run(): Promise<ChatOutcome> {
    this.terminal.onTab = (line, isBack) => this.#context.complete(line, isBack);
    this.terminal.turnLine = (number) => `/room ${number}`;
    this.#showRooms();
    const shown = this.#showEvents();
    void this.#readLines();
    const closing = await this.client.closed;
    // An unresponsive disk or terminal must not delay the end.
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
      // A lost connection after it is reported in one line together with it.
      goodbye = event.type === "bye" ? event : undefined;
      if (goodbye !== undefined) continue;
      this.#room.receive(event);
      if (event.type === "connection") this.#showConnection(event);
      else {
        if (this.bar.receive(event, this.#room.name, this.client.name)) this.#showRooms();
        if (rings(this.#bell, event, this.client.name)) this.terminal.ring();
        if (this.#context.receive(event) && !this.#files.show(event)) this.#show(event);
      }
      await this.terminal.ready();
    }
    if (goodbye !== undefined) this.#show(goodbye);
  }

  #showConnection(event: ConnectionEvent): void {
    this.#context.connectionChanged(event);
    this.#showRooms(); // a new session may be in other rooms
    const failure = event.state === "waiting" ? event.text : undefined;
    const isRepeated = failure !== undefined && failure === this.#failure;
    this.#failure = failure;
    if (isRepeated) return; // the attempt failed for the same reason as the last one
    const line = failure === undefined ? connectionLine(event) : waitingLine(failure);
    this.terminal.print(this.lines.ofEvent(line));
    if (event.state === "lost") this.#files.disconnected();
  }

  async #readLines(): Promise<void> {
    while (!this.client.isClosed) {
      const input = await this.terminal.read();
      if (input.type === "leave") this.#leave(input.by);
      else if (this.#leaveReason === undefined) this.#handle(input);
    }
  }

  #handle(input: Exclude<UserInput, { type: "leave" }>): void {
    const text = cleanText(input.text);
    if (input.type === "line" || input.as === "block") return this.#enter(text);
    // Pasted lines are text: a slash at their start is no command.
    for (const line of text.split("\n")) {
      if (!isBlank(line)) this.#send({ type: "message", text: line }, line);
    }
  }

  #enter(line: string): void {
    if (this.#runLocally(line)) return;
    const page = this.#search.requested(line);
    if (page !== undefined) return this.#send(page, line);
    const parsed = parseInput(line, LOCAL_NAMES);
    if (parsed === undefined) return;
    if (parsed.error !== undefined) return this.#refuse(parsed.error.text);
    const { frame } = parsed;
    if (frame.type === "quit") return this.#leave("command", frame.reason);
    const isList = frame.type === "users" || frame.type === "rooms";
    this.#send(frame, line, isList ? this.#context.request(frame.type) : undefined);
  }

  #runLocally(line: string): boolean {
    return runLocally(line, {
      bell: this.#bell,
      setBell: (mode) => this.#bell = mode,
      clear: () => this.terminal.clear(),
      turn: (room) => this.#turn(room),
      files: (line) => void this.#files.take(line),
      notify: (text) => this.#notify(text),
      refuse: (text) => this.#refuse(text),
    });
  }

  #turn(room: string): void {
    try {
      this.#room.turn(room);
    } catch (error) {
      if (!(error instanceof LocalRefusal)) throw error;
      this.#refuse(error.text);
    }
  }

  /** The user has turned to another room, or is moved there by the server. */
  #turned(): void {
    const { name } = this.#room;
    this.bar.read(name);
    this.#showRooms();
    if (this.#pending.size > 0) this.#pending.report();
    this.#context.turned();
  }

  /** Shows the rooms and the current one, in the bar and in the prompt. */
  #showRooms(): void {
    const { client: { joinedRooms }, terminal } = this;
    const prompt = roomPrompt(joinedRooms, this.#room.name);
    if (prompt !== this.#prompt) terminal.prompt(prompt);
    this.#prompt = prompt;
    const hasBar = joinedRooms.length > 1;
    if (hasBar || this.#hasBar) {
      terminal.bar(() => this.bar.rows(this.client.joinedRooms, this.#room.name));
    }
    this.#hasBar = hasBar;
  }

  /**
   * Sends a frame. A waiting one stays above the prompt until the server has acknowledged it.
   *
   * @param failed called if it was refused, or could not be sent.
   */
  #send(frame: ClientFrame, typed: string, failed = () => {}): void {
    const { name: room } = this.#room;
    const isRetried = RETRIED.has(frame.type);
    const place = frame.type === "message" ? room : undefined;
    const settled = isRetried
      ? this.#pending.add(this.#pendingText(frame, typed), place)
      : () => {};
    carryOut(this.client, this.#room, frame, this.clock.now).then(
      (answer) => {
        settled();
        if (frame.type === "message") this.#showOwn(frame, room);
        else if (answer !== undefined) {
          this.#context.receiveOwn(answer);
          this.#show(answer);
        }
        if (frame.type === "help") this.#notify(LOCAL_HELP);
      },
      (error) => {
        settled();
        failed();
        if (frame.type === "message" || (isRetried && !(error instanceof ChatError))) {
          this.#showUnsent(this.#pendingText(frame, typed), room, error);
        } else if (error instanceof LocalRefusal) this.#refuse(error.text);
        // Other refusals are events, and the end of the connection is printed once.
        else if (isOffline(error) && !this.client.isClosed) this.#refuse(OFFLINE);
      },
    );
  }

  #pendingText(frame: ClientFrame, typed: string): string {
    if (frame.type !== "message") return typed;
    return this.lines.ownText(frame.text, frame.action === true, this.client.name);
  }

  /** Shows a sent message, since the server does not send it back. */
  #showOwn({ text, action }: ClientFrame & { type: "message" }, room: string): void {
    const mark = this.#log.markOf(room);
    this.terminal.print(this.lines.own(text, action === true, this.client.name, mark));
  }

  /** Shows a message that was not sent, so that its text is not lost. The reason is an event. */
  #showUnsent(text: string, room: string, error: unknown): void {
    const isUncertain = error instanceof ConnectionError && error.code === "uncertain";
    const remark = error instanceof ChatError
      ? "(refused)"
      : isUncertain
      ? "(perhaps not delivered)"
      : "(not delivered)";
    if (!(error instanceof ChatError)) this.#undelivered++;
    this.terminal.print(this.lines.ofLine(text, this.#log.markOf(room), remark));
  }

  #show(received: ServerFrame): void {
    const logged = this.#log.logged(received);
    if (logged === undefined) return;
    this.terminal.print(this.lines.of(logged.frame, this.client.name, logged.mark));
    const hint = received.type === "search" ? this.#search.receive(received) : undefined;
    if (hint !== undefined) this.#notify(hint);
  }

  #notify(text: string): void {
    this.terminal.printNow(this.lines.ofNotice(text));
  }

  #refuse(text: string): void {
    this.terminal.printNow(this.lines.ofError(text));
  }

  /** Leaves; the second call does not wait for the goodbye. */
  #leave(by: LeaveReason, reason?: string): void {
    if (this.#leaveReason !== undefined) return this.client.close();
    this.#leaveReason = by;
    void this.client.quit(GOODBYE_MILLISECONDS, reason);
  }
}
