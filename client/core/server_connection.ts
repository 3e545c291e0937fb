import type { ErrorCode } from "../../protocol/errors.ts";
import {
  type IntroductionFrame,
  PROTOCOL_VERSION,
  type ServerFrame,
} from "../../protocol/frames.ts";
import type { Clock } from "./clock.ts";
import {
  ConnectionError,
  type ConnectionErrorCode,
  connectionErrorOf,
  type ConnectionPhase,
} from "./connection_errors.ts";
import type { FrameChannel, OpenFrameChannel } from "./frame_channel.ts";
import { LivenessCheck, type LivenessTimes } from "./liveness_check.ts";
import type { Endpoint } from "./transport.ts";
import type { PlainPeer } from "./unknown_peer.ts";

/** Errors after which the server closes the connection. */
const FINAL_ERRORS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "registration_timeout",
  "server_full",
  "too_many_from_address",
  "too_many_refusals",
  "too_slow",
]);

/** Sent to a silent server. Its `t` belongs to no request. */
const LIVENESS_PING = '{"type":"ping","t":0}';

export interface ConnectionOptions {
  readonly endpoint: Endpoint;
  readonly openChannel: OpenFrameChannel;
  readonly clock: Clock;
  /** Time limit of connecting, and then of each answer until the `welcome`. */
  readonly connectTimeoutMilliseconds: number;
  readonly liveness: LivenessTimes;
}

/** How a connection ended. */
export type Closing =
  | { readonly type: "left" }
  /** The server has sent the reason. */
  | { readonly type: "server closed"; readonly text: string }
  /** It broke, or was never established. */
  | { readonly type: "lost"; readonly error: ConnectionError };

export interface ConnectionListener {
  /** hubbub has introduced itself: frames can be sent. */
  introduced(): void;
  /** A frame, checked and cleaned. */
  received(frame: ServerFrame): void;
  /** All frames of a chunk of input were delivered. */
  caughtUp(): void;
  /** Called once. The error is for requests that have no answer. */
  closed(closing: Closing, error: ConnectionError): void;
}

/**
 * One connection to a server, from the first attempt to the end.
 *
 * 1. Connecting, the introduction, and each answer until the `welcome` have a time limit; later a silent
 *    server is sent a `ping`.
 * 2. The end is reported once, with the best known reason: that this client left, the final message of
 *    the server, the error of the system.
 */
export class ServerConnection {
  readonly #options: ConnectionOptions;
  readonly #channel: FrameChannel;
  readonly #liveness: LivenessCheck;
  #phase: ConnectionPhase = "connect";
  #cancelDeadline: (() => void) | undefined;
  #isLeaving = false;
  #finalText: string | undefined;
  #error: ConnectionError | undefined;

  /** @param isReconnecting whether an earlier connection was with hubbub. */
  constructor(
    options: ConnectionOptions,
    private readonly listener: ConnectionListener,
    isReconnecting = false,
  ) {
    this.#options = options;
    this.#liveness = new LivenessCheck(
      options.clock,
      options.liveness,
      () => this.send(LIVENESS_PING),
      (silence) => this.#fail("silent", seconds(Math.round(silence / 100) * 100)),
    );
    this.#setDeadline("timed_out");
    this.#channel = options.openChannel({
      opened: () => {
        this.#phase = "introduce";
        this.#setDeadline("no_answer");
      },
      active: () => this.#liveness.received(),
      introduced: (frame) => this.#introduced(frame),
      received: (frame) => this.#received(frame),
      caughtUp: () => listener.caughtUp(),
      failed: (code, detail, plainPeer) => this.#fail(code, detail, plainPeer),
      closed: (error) => this.#disconnected(error),
    }, isReconnecting);
  }

  /** The reason of the end; `undefined` while it is open. */
  get error(): ConnectionError | undefined {
    return this.#error;
  }

  get phase(): ConnectionPhase {
    return this.#phase;
  }

  /** True once hubbub has introduced itself, until the end. */
  get isOpen(): boolean {
    return (this.#phase === "join" || this.#phase === "chat") && this.#error === undefined;
  }

  /** Sends one JSON object; ignored before the introduction of the server. */
  send(json: string): void {
    if (this.isOpen) this.#channel.send(json);
  }

  /** Starts the time limit of the answer to a `hello`. */
  awaitWelcome(): void {
    this.#setDeadline("no_answer");
  }

  /** The server has refused the `hello`; another one may follow. */
  refused(): void {
    this.#cancelDeadline?.();
  }

  /** The server has accepted the `hello`: from now on its silence is checked. */
  joined(): void {
    this.#cancelDeadline?.();
    this.#phase = "chat";
    this.#liveness.start();
  }

  /** Sends a `ping` at once. @param answer milliseconds until its answer is overdue. */
  check(answer: number): void {
    this.#liveness.check(answer);
  }

  /** This client is leaving: the end is not a failure. */
  leaving(): void {
    this.#isLeaving = true;
  }

  /** Stops reading. Ignored after the end, as is {@link resume}. */
  pause(): void {
    if (this.#error !== undefined) return;
    this.#liveness.stop();
    this.#channel.pause();
  }

  resume(): void {
    if (this.#error !== undefined) return;
    this.#liveness.start();
    this.#channel.resume();
  }

  close(): void {
    this.#end({ type: "left" }, this.#errorOf("left"));
  }

  #introduced(frame: IntroductionFrame): void {
    if (frame.protocol !== PROTOCOL_VERSION) {
      return this.#fail("other_version", String(frame.protocol));
    }
    this.#cancelDeadline?.();
    this.#phase = "join";
    this.listener.introduced();
  }

  #received(frame: ServerFrame): void {
    if (frame.type === "ping") return this.send(`{"type":"pong","t":${frame.t}}`);
    if (frame.type === "bye" && frame.reason === "quit") this.#isLeaving = true;
    if (frame.type === "bye" || (frame.type === "error" && FINAL_ERRORS.has(frame.code))) {
      this.#finalText = frame.text;
    }
    this.listener.received(frame);
  }

  #disconnected(cause: Error | undefined): void {
    if (this.#isLeaving) return this.close();
    if (this.#finalText !== undefined) {
      const text = this.#finalText;
      return this.#end({ type: "server closed", text }, this.#errorOf("server_closed", text));
    }
    if (cause === undefined) {
      return this.#fail(this.#phase === "chat" ? "closed" : "closed_while_joining");
    }
    const error = connectionErrorOf(cause, this.#phase, this.#options.endpoint);
    this.#end({ type: "lost", error }, error);
  }

  #fail(code: ConnectionErrorCode, detail?: string, plainPeer?: PlainPeer): void {
    if (this.#isLeaving) return this.close();
    const error = this.#errorOf(code, detail, plainPeer);
    this.#end({ type: "lost", error }, error);
  }

  #errorOf(code: ConnectionErrorCode, detail = "", plainPeer?: PlainPeer): ConnectionError {
    return new ConnectionError(code, this.#phase, this.#options.endpoint, { detail, plainPeer });
  }

  #end(closing: Closing, error: ConnectionError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#liveness.stop();
    this.#cancelDeadline?.();
    this.#channel.close();
    this.listener.closed(closing, error);
  }

  #setDeadline(code: "timed_out" | "no_answer"): void {
    this.#cancelDeadline?.();
    const { clock, connectTimeoutMilliseconds } = this.#options;
    this.#cancelDeadline = clock.after(
      connectTimeoutMilliseconds,
      () => this.#fail(code, seconds(connectTimeoutMilliseconds)),
    );
  }
}

function seconds(milliseconds: number): string {
  return String(milliseconds / 1000);
}
