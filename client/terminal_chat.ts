/**
 * The chat on a terminal, for a person.
 *
 * @module
 */

import type { Readable, Writable } from "node:stream";
import {
  cleanText,
  type ClientFrame,
  NAME_PROMPT,
  parseInput,
  type ServerFrame,
  textLines,
  Timestamps,
} from "../protocol/mod.ts";
import { ChatClient, type ClientOptions } from "./chat_client.ts";
import { ChatError } from "./chat_error.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ConnectionError } from "./connection_errors.ts";
import type { ConnectionEvent } from "./connection_event.ts";
import { connectionLine, isOffline, OFFLINE } from "./connection_lines.ts";
import { FILE_COMMANDS, FileDesk } from "./files/file_desk.ts";
import type { ChatOutcome, Departure } from "./outcome.ts";
import { Terminal } from "./terminal.ts";
import { carryOut } from "./typed_line.ts";

const PROMPT = "> ";
const DISCONNECTED = "Disconnected from server.\n";

/** How long somebody who leaves waits for the server's goodbye, in milliseconds. */
const GOODBYE_MILLISECONDS = 1000;

/** What a chat on a terminal needs. */
export interface TerminalChatOptions extends ClientOptions {
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
}

/**
 * Chats until the person leaves or the server goes.
 *
 * It never rejects: what went wrong is shown, and in the outcome. The process is the caller's to
 * end; the input is left paused.
 */
export async function runTerminalChat(options: TerminalChatOptions): Promise<ChatOutcome> {
  const { input, output, errors, name, room, ...given } = options;
  const clientOptions = { reconnect: true, ...given };
  const { stop } = options;
  errors.on("error", () => {}); // nobody is left to be told
  const clock = options.clock ?? systemClock;
  let terminal: Terminal | undefined;
  const leave = () => terminal?.leave("stopped");
  stop?.addEventListener("abort", leave);
  try {
    const entrance = new Entrance(clientOptions, await ChatClient.open(clientOptions));
    output.write(`Connected to server at ${entrance.client.address}\n`);
    terminal = new Terminal(input, output, clock);
    const departure = await entrance.join(terminal, clock, name, room);
    if (departure === undefined) {
      return await new TerminalChat(terminal, entrance.client, clock).run();
    }
    await entrance.client.quit(GOODBYE_MILLISECONDS);
    terminal.print(DISCONNECTED);
    await terminal.close();
    return { type: "quit", by: departure, refused: 0 };
  } catch (error) {
    await terminal?.close();
    if (!(error instanceof ConnectionError || error instanceof ChatError)) throw error;
    if (stop?.aborted === true) return { type: "quit", by: "stopped", refused: 0 };
    errors.write(error.message + "\n");
    return { type: "failed", error, joined: false };
  } finally {
    stop?.removeEventListener("abort", leave);
  }
}

/** Gets somebody in: asks for a name until the server takes one. */
class Entrance {
  constructor(private readonly options: ClientOptions, public client: ChatClient) {}

  /** @returns why the person left instead of giving a name. */
  async join(
    terminal: Terminal,
    clock: Clock,
    name?: string,
    room?: string,
  ): Promise<Departure | undefined> {
    for (let wanted = name;; wanted = undefined) {
      if (wanted === undefined) {
        const typed = await terminal.ask(NAME_PROMPT);
        if (typed.type === "leave") return typed.by;
        wanted = cleanText(typed.text);
        if (wanted.trim() === "/quit") return "command";
      }
      // A server does not wait for ever, nor for a fourth name; a person may.
      if (this.client.isClosed) this.client = await ChatClient.open(this.options);
      try {
        await this.client.register(wanted, room);
        return undefined;
      } catch (error) {
        const mayRetry = error instanceof ChatError &&
          (error.code === "name_taken" || error.code === "name_invalid");
        if (!mayRetry) throw error;
        terminal.printNow(textLines(errorFrame(error.text), new Timestamps(), clock.now(), ""));
      }
    }
  }
}

/** The chat once somebody is in. */
class TerminalChat {
  readonly #stamps = new Timestamps();
  readonly #files: FileDesk;
  #departure: Departure | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly client: ChatClient,
    private readonly clock: Clock,
  ) {
    this.#files = new FileDesk(client, {
      tell: (text) => this.#show({ type: "notice", text }),
      refuse: (text) => this.#show(errorFrame(text)),
      now: clock.now,
    });
  }

  async run(): Promise<ChatOutcome> {
    this.terminal.prompt(PROMPT);
    const shown = this.#showEvents();
    void this.#readLines();
    const closing = await this.client.closed;
    await this.#files.close();
    await shown;
    if (closing.type === "lost") this.terminal.print(closing.error.message + "\n");
    this.terminal.print(DISCONNECTED);
    await this.terminal.close();
    if (closing.type === "lost") return { type: "failed", error: closing.error, joined: true };
    if (closing.type === "left" && this.#departure !== undefined) {
      return { type: "quit", by: this.#departure, refused: 0 };
    }
    return { type: "server closed", text: closing.type === "left" ? "" : closing.text };
  }

  async #showEvents(): Promise<void> {
    for await (const frame of this.client.events()) {
      if (frame.type === "connection") this.#showConnection(frame);
      else if (!this.#files.show(frame)) this.terminal.print(this.#linesOf(frame));
      await this.terminal.ready();
    }
  }

  #showConnection(event: ConnectionEvent): void {
    this.terminal.print(this.#stamps.at(this.clock.now()) + connectionLine(event) + "\n");
  }

  async #readLines(): Promise<void> {
    while (!this.client.isClosed) {
      const typed = await this.terminal.read();
      if (typed.type === "leave") this.#leave(typed.by);
      else if (this.#departure === undefined) this.#say(typed.text);
    }
  }

  #say(line: string): void {
    if (this.#files.take(cleanText(line))) return;
    const parsed = parseInput(cleanText(line));
    if (parsed === undefined) return;
    if (parsed.error !== undefined) return this.#show(errorFrame(parsed.error.text));
    const { frame } = parsed;
    if (frame.type === "quit") return this.#leave("command");
    if (frame.type === "message") this.#showOwn(frame);
    if (frame.type === "help") this.#show({ type: "notice", text: FILE_HELP });
    carryOut(this.client, frame, this.clock.now).then(
      (answer) => answer && this.#show(answer),
      // A refusal is among the events, and the end of the connection is told once.
      (error) => {
        if (isOffline(error) && !this.client.isClosed) this.#show(errorFrame(OFFLINE));
      },
    );
  }

  /** Shows at once what the person said, since the server does not send it back. */
  #showOwn({ text, action }: ClientFrame & { type: "message" }): void {
    const sender = action === true ? `* ${this.client.name} ` : "You: ";
    this.terminal.printNow(this.#stamps.at(this.clock.now()) + sender + text + "\n");
  }

  #show(frame: ServerFrame): void {
    this.terminal.printNow(this.#linesOf(frame));
  }

  #linesOf(frame: ServerFrame): string {
    return textLines(frame, this.#stamps, this.clock.now(), this.client.name);
  }

  /** Leaves; the second time without waiting for a goodbye. */
  #leave(by: Departure): void {
    if (this.#departure !== undefined) return this.client.close();
    this.#departure = by;
    void this.client.quit(GOODBYE_MILLISECONDS);
  }
}

/** The commands that are this terminal's own. */
const FILE_HELP = ["Files:", ...FILE_COMMANDS.map(({ usage, summary }) => `  ${usage}  ${summary}`)]
  .join("\n");

/** The code of an error does not matter to a person. */
function errorFrame(text: string): ServerFrame {
  return { type: "error", code: "invalid_frame", text };
}
