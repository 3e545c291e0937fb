import { Buffer } from "node:buffer";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { detached } from "../../protocol/byte_string.ts";
import type { Target } from "./options.ts";
import { type ErrorPhase, socketReason } from "./error_tally.ts";
import type { Complaint, Profile, Refusal } from "../profiles/profile.ts";
import type { Source } from "./source_addresses.ts";

/** Maximum stored length of the answer to a login, in bytes. */
const MAX_LOGIN_BYTES = 65_536;

/** Maximum stored length of an unfinished notice, in bytes. */
const MAX_UNANSWERED_BYTES = 4096;

/** Maximum length of a server's answer in an error, in bytes. */
const MAX_QUOTED = 80;

/** How long the server may take to close its side at the end, in milliseconds. On a busy machine with
 * two cores 5000 goodbyes took more than one second. */
export const CLOSING_TIME = 3000;

/**
 * The read buffer of all connections of this thread. One is enough: a read and its callback are one
 * step, and the callback takes a copy, as a string. With stream events in its place a delivery cost
 * 20 % more time; with a buffer per connection, 5000 of them took 400 MB instead of 150 MB.
 */
const READ_BUFFER = Buffer.allocUnsafe(65_536);

/** Codes of a source that cannot be used. Deno 2.9 has `EINVAL` for all that `bind` refuses. */
const SOURCE_FAULTS: ReadonlySet<string> = new Set(["EADDRINUSE", "EADDRNOTAVAIL", "EINVAL"]);

export interface ConnectionOptions {
  readonly target: Target;
  readonly profile: Profile;
  readonly name: string;
  /** Maximum time from the first SYN to the join, in milliseconds. */
  readonly timeout: number;
  /** Its local address, by the number of sources that were in use. Default: chosen by the system. */
  readonly source?: (attempt: number) => Source | undefined;
  /** Called once for each stage. */
  readonly onStage?: (stage: ConnectionStage) => void;
}

/** The stage of a connection: TCP connected it, the server sent something, it was admitted. */
export type ConnectionStage = "connected" | "greeted" | "joined";

/** Why a connection has ended. */
export interface Failure {
  readonly phase: ErrorPhase;
  readonly code: string;
  readonly text: string;
}

/**
 * One client: a socket that logs in and then passes on what it reads.
 *
 * It goes through `connected`, `greeted` and `joined` in this order, and may fail in each of them.
 */
export class Connection {
  connected = false;
  greeted = false;
  joined = false;
  /** Why it broke after the join; `undefined` while it stands. */
  failure: Failure | undefined;
  /** Receives the bytes after the join, which are valid until it returns. Default: answers notices. */
  onData: (chunk: Buffer) => void = (chunk) => this.#answerNotices(chunk.toString("latin1"));
  /** Called once when the connection breaks after the join. */
  onBreak: (failure: Failure) => void = () => {};

  readonly #options: ConnectionOptions;
  #socket: Socket | undefined;
  #loginTimer: ReturnType<typeof setTimeout> | undefined;
  #login = "";
  /** Received text that was not answered yet. */
  #unanswered = "";
  /** Settle the promises of {@link join} and {@link opened}; dropped once they have: with thousands of
   * connections they would take 0.5 KB each. */
  #settleJoin: ((failure: Failure | undefined) => void) | undefined;
  #settleOpened: (() => void) | undefined;
  #ended = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Settles once TCP has connected or has failed to; never rejects. To be called before that, once. */
  opened(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settleOpened = resolve;
    return promise;
  }

  /** Connects and logs in. @returns the failure; `undefined` after the join. */
  join(): Promise<Failure | undefined> {
    const { timeout } = this.#options;
    this.#loginTimer = setTimeout(() => {
      this.#fail(
        "timeout",
        this.connected
          ? `no welcome before the timeout; ${this.#answerText()}`
          : "no connection before the timeout",
      );
    }, timeout);
    const { promise, resolve } = Promise.withResolvers<Failure | undefined>();
    this.#settleJoin = resolve;
    this.#attempt(0);
    return promise;
  }

  /** Connects, from another source if one is in use. */
  #attempt(attempt: number): void {
    const { target: { isEncrypted }, source: sourceOf } = this.#options;
    const source = sourceOf?.(attempt);
    const socket = this.#connect(source);
    this.#socket = socket;
    socket.once("connect", () => {
      this.connected = true;
      this.#options.onStage?.("connected");
      this.#endOpening();
    });
    socket.once(isEncrypted === true ? "secureConnect" : "connect", () => {
      socket.write(this.#options.profile.login(this.name), "latin1");
      // Some servers send no welcome.
      if (this.#options.profile.readLogin("") === "joined") this.#join();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const isTaken = source !== undefined && SOURCE_FAULTS.has(error.code ?? "");
      if (isTaken && !this.#ended) this.#attempt(attempt + 1);
      else this.#fail(error.code ?? error.name, socketReason(error));
    });
    socket.on("close", () => {
      if (socket !== this.#socket) return;
      const shown = this.joined || !this.connected ? "" : `; ${this.#answerText()}`;
      this.#fail("closed", `the server closed the connection${shown}`);
    });
  }

  #connect(source: Source | undefined): Socket {
    const { target: { host, port, isEncrypted, path } } = this.#options;
    const onread = {
      buffer: READ_BUFFER,
      callback: (length: number) => this.#onChunk(READ_BUFFER.subarray(0, length)),
    };
    if (path !== undefined) return connect({ path, onread });
    const address = {
      ...{ host, port, noDelay: true },
      ...(source && { localAddress: source.address, localPort: source.port }),
    };
    if (isEncrypted !== true) return connect({ ...address, onread });
    const socket = connectTls({
      ...address,
      // A load tester sends nothing secret.
      rejectUnauthorized: false,
      // A name is needed where a server has several certificates.
      ...isIP(host) === 0 ? { servername: host } : undefined,
    });
    socket.on("data", (chunk: Buffer) => void this.#onChunk(chunk));
    return socket;
  }

  write(bytes: string): void {
    this.#socket?.write(bytes, "latin1");
  }

  /**
   * Sends the answers that the server expects of this client, such as a `PONG`.
   *
   * @param text whole lines that hold no delivery.
   * @returns the complaints of the server; `undefined` without notices.
   */
  answer(text: string): readonly Complaint[] | undefined {
    const notices = this.#options.profile.readNotices?.(text, this.name);
    if (notices === undefined) return undefined;
    if (notices.answer !== "") this.write(notices.answer);
    return notices.complaints;
  }

  /** Stops reading, so that the server's data accumulate. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Closes in good order; after the given time, at once. */
  close(milliseconds = CLOSING_TIME): Promise<void> {
    const socket = this.#socket;
    this.#ended = true;
    clearTimeout(this.#loginTimer);
    this.onData = () => {};
    if (socket === undefined || socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), milliseconds);
      socket.on("close", () => {
        clearTimeout(timer);
        resolve();
      });
      const { profile, target } = this.#options;
      const goodbye = (this.joined && profile.goodbye) || "";
      // Deno 2.9 does not send the end of a TLS connection unless something is written with it.
      if (goodbye === "" && target.isEncrypted === true) socket.destroy();
      else socket.end(goodbye, "latin1");
    });
  }

  /** Fails the connection at once: the run was stopped. */
  destroy(): void {
    this.#fail("stopped", "the run was stopped");
  }

  #onChunk(chunk: Buffer): boolean {
    if (this.joined) this.onData(chunk);
    else this.#onLoginData(chunk.toString("latin1"));
    return true;
  }

  #onLoginData(chunk: string): void {
    if (!this.greeted) {
      this.greeted = true;
      this.#options.onStage?.("greeted");
    }
    if (this.#ended) return;
    this.#login = (this.#login + chunk).slice(-MAX_LOGIN_BYTES);
    const answer = this.#options.profile.readLogin(this.#login) ?? this.#repeats();
    if (answer === undefined) {
      this.#answerNotices(chunk);
      return;
    }
    if (answer !== "joined") {
      this.#fail(answer.code, answer.text);
      return;
    }
    this.#join();
  }

  /** Detects a server that sends the login back, alone or as a name: it will never send the welcome of
   * the profile. */
  #repeats(): Refusal | undefined {
    const { login, mayRepeatLogin } = this.#options.profile;
    if (mayRepeatLogin || !this.#login.includes(login(this.name))) return undefined;
    return { code: "repeats", text: "the server repeats the login; check the profile" };
  }

  #join(): void {
    this.joined = true;
    this.#options.onStage?.("joined");
    this.#login = "";
    this.#unanswered = "";
    this.#endJoining(undefined);
  }

  /** Answers notices before the run. */
  #answerNotices(chunk: string): void {
    if (this.#options.profile.readNotices === undefined) return;
    const text = this.#unanswered + chunk;
    if (this.answer(text) !== undefined) this.#unanswered = "";
    // Once joined there are lines only. Thousands of idle connections would keep 4 KB each.
    else {this.#unanswered = detached(
        (this.joined ? lastLine(text) : text).slice(-MAX_UNANSWERED_BYTES),
      );}
  }

  /** The first bytes that the server sent to a failed login, for an error message. */
  #answerText(): string {
    if (this.#login === "") return "the server sent nothing";
    const text = this.#login.slice(0, MAX_QUOTED).replace(/[^\x20-\x7e]+/g, " ").trim();
    return `it sent "${text}"; check the profile`;
  }

  #fail(code: string, text: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket?.destroy();
    this.#endOpening();
    if (this.joined) this.onBreak(this.failure = { phase: "run", code, text });
    else this.#endJoining({ phase: this.connected ? "login" : "connect", code, text });
  }

  #endOpening(): void {
    this.#settleOpened?.();
    this.#settleOpened = undefined;
  }

  #endJoining(failure: Failure | undefined): void {
    clearTimeout(this.#loginTimer);
    this.#loginTimer = undefined;
    this.#settleJoin?.(failure);
    this.#settleJoin = undefined;
  }
}

/** The text after the last line end. */
function lastLine(text: string): string {
  return text.slice(text.lastIndexOf("\n") + 1);
}
