import { clearLine, cursorTo } from "node:readline";
import type { Writable } from "node:stream";
import {
  cleanText,
  type ErrorCode,
  hostPort,
  NAME_PROMPT,
  PASSWORD_PROMPT,
  SERVER_PASSWORD_PROMPT,
} from "../../protocol/mod.ts";
import { ChatClient } from "../chat_client.ts";
import type { ClientOptions, Credentials } from "../client_options.ts";
import { ChatError } from "../core/chat_error.ts";
import type { LeaveReason } from "../outcome.ts";
import type { Terminal } from "./terminal.ts";
import { endpointOf } from "../core/transport.ts";
import type { ChatLines } from "./chat_lines.ts";
import type { UserInput } from "./user_input.ts";

/** The input to ask for again after a refusal. */
const ASKED_AFTER: ReadonlyMap<ErrorCode, "name" | keyof Credentials> = new Map([
  ["name_invalid", "name"],
  ["name_looks_like", "name"],
  ["name_reserved", "name"],
  ["name_taken", "name"],
  ["password_needed", "password"],
  ["wrong_password", "password"],
  ["server_password_wrong", "serverPassword"],
]);

/** Refusals of a password that was not checked: the same one may be right. */
const UNCHECKED: ReadonlySet<ErrorCode> = new Set(["too_busy", "too_many_attempts"]);

/** Logs a user in: asks for a name and passwords until the server accepts them. */
export class TerminalLogin {
  #name: string | undefined;
  #credentials: Credentials = {};
  /** Ends an attempt to connect. */
  readonly #leaving = new AbortController();

  private constructor(
    private readonly options: ClientOptions & Credentials,
    public client: ChatClient,
  ) {}

  /** Connects, and shows a notice meanwhile. */
  static async open(
    options: ClientOptions & Credentials,
    output: Writable,
  ): Promise<TerminalLogin> {
    output.write(`Connecting to ${hostPort(endpointOf(options))} ...`);
    try {
      return new TerminalLogin(options, await ChatClient.open(options));
    } finally {
      cursorTo(output, 0);
      clearLine(output, 0);
    }
  }

  /** @returns the reason why the user left instead of joining. */
  async join(
    terminal: Terminal,
    lines: ChatLines,
    name?: string,
    room?: string | readonly string[],
  ): Promise<LeaveReason | undefined> {
    this.#name = name;
    void terminal.left.then(() => this.#leaving.abort());
    const { password, serverPassword } = this.options;
    this.#credentials = {
      ...(password === undefined ? undefined : { password }),
      ...(serverPassword === undefined ? undefined : { serverPassword }),
    };
    let missing: "name" | keyof Credentials | undefined = name === undefined ? "name" : undefined;
    for (;;) {
      if (missing !== undefined) {
        const leaveReason = await this.#ask(terminal, missing);
        if (leaveReason !== undefined) return leaveReason;
      }
      try {
        return await Promise.race([this.#enter(room), terminal.left]);
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        missing = UNCHECKED.has(error.code) ? this.#lastGiven : ASKED_AFTER.get(error.code);
        if (missing === undefined) throw error;
        // The first request for the server's password needs no error: the prompt is enough.
        const isQuestion = missing === "serverPassword" &&
          this.#credentials.serverPassword === undefined;
        if (!isQuestion) terminal.printNow(lines.ofError(error.text));
      }
    }
  }

  async #enter(room: string | readonly string[] | undefined): Promise<undefined> {
    // The server has closed the connection after its time limit or the third refusal.
    if (this.client.isClosed) {
      const stops = [this.#leaving.signal, ...(this.options.stop ? [this.options.stop] : [])];
      this.client = await ChatClient.open({ ...this.options, stop: AbortSignal.any(stops) });
    }
    await this.client.register(this.#name!, room, this.#credentials);
  }

  /** The password that a busy server has not checked. */
  get #lastGiven(): keyof Credentials | undefined {
    if (this.#credentials.password !== undefined) return "password";
    return this.#credentials.serverPassword === undefined ? undefined : "serverPassword";
  }

  async #ask(
    terminal: Terminal,
    missing: "name" | keyof Credentials,
  ): Promise<LeaveReason | undefined> {
    const typed: UserInput = missing === "name"
      ? await terminal.ask(NAME_PROMPT)
      : await terminal.askSecretly(
        missing === "password" ? PASSWORD_PROMPT : SERVER_PASSWORD_PROMPT,
      );
    if (typed.type === "leave") return typed.by;
    if (missing !== "name") {
      this.#credentials = { ...this.#credentials, [missing]: typed.text };
      return undefined;
    }
    this.#name = cleanText(typed.text);
    return this.#name.trim() === "/quit" ? "command" : undefined;
  }
}
