import { type ByteString, toByteString } from "../../protocol/byte_string.ts";
import { type IntroductionFrame, RECORD_SEPARATOR } from "../../protocol/frames.ts";
import { parseServerFrame } from "../../protocol/json_codec.ts";
import { MAX_SERVER_FRAME_BYTES } from "../../protocol/limits.ts";
import { LineDecoder, TOO_LONG } from "../../protocol/line_decoder.ts";
import type { Clock } from "./clock.ts";
import type { FrameChannel, FrameChannelListener } from "./frame_channel.ts";
import { Introduction } from "./introduction.ts";
import { usableFrame } from "./frame_validation.ts";
import type { Endpoint, OpenTransport, Transport } from "./transport.ts";
import { describeUnknownPeer, HandedOverConnection, isEcho, speaksLines } from "./unknown_peer.ts";

/** Time limit of the introduction after a prompt, and of a server whose silence counts as an answer. */
const PATIENCE_MILLISECONDS = 2000;

/** Delay of the first byte for a client that also accepts other servers: their prompt comes first. */
const LISTEN_MILLISECONDS = 40;

export interface LineChannelOptions {
  readonly endpoint: Endpoint;
  readonly openTransport: OpenTransport;
  readonly clock: Clock;
  /** Whether other servers can be used too: see `OpenOptions.plainPeers`. */
  readonly plainPeers: boolean;
}

/**
 * Frames as lines of JSON over a stream of bytes.
 *
 * 1. Before the introduction of hubbub, only the byte that requests it is sent: no name, no password,
 *    no token.
 * 2. Later, an unusable frame is skipped, since newer servers may have other frames; bytes that are not
 *    JSON are a failure.
 */
export class LineChannel implements FrameChannel {
  readonly #clock: Clock;
  readonly #usesPlainPeers: boolean;
  readonly #start: number;
  readonly #transport: Transport;
  readonly #introduction = new Introduction();
  readonly #decoder = new LineDecoder(MAX_SERVER_FRAME_BYTES);
  #isIntroduced = false;
  /** Whether an introduction was requested. */
  #hasAsked = false;
  #cancelTimer: (() => void) | undefined;
  /** Receives the input once this is a connection to another server. */
  #next: HandedOverConnection | undefined;
  #isClosed = false;

  constructor(
    { endpoint, openTransport, clock, plainPeers }: LineChannelOptions,
    private readonly listener: FrameChannelListener,
  ) {
    this.#clock = clock;
    this.#usesPlainPeers = plainPeers;
    this.#start = clock.now();
    this.#transport = openTransport(endpoint, {
      opened: () => this.#opened(),
      received: (bytes) => this.#received(bytes),
      closed: (error) => this.#disconnected(error),
    });
  }

  send(json: string): void {
    this.#transport.write(toByteString(json) + "\n");
  }

  pause(): void {
    this.#transport.pause();
  }

  resume(): void {
    this.#transport.resume();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    if (this.#next === undefined) this.#transport.destroy();
  }

  #opened(): void {
    if (this.#isClosed) return;
    this.listener.opened();
    if (!this.#usesPlainPeers) return this.#ask();
    this.#cancelTimer = this.#clock.after(LISTEN_MILLISECONDS, () => this.#ask());
  }

  #ask(): void {
    if (this.#hasAsked || this.#isIntroduced || this.#isClosed) return;
    this.#hasAsked = true;
    this.#transport.write(RECORD_SEPARATOR);
    if (this.#usesPlainPeers) this.#waitForIntroduction();
  }

  #waitForIntroduction(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.after(
      PATIENCE_MILLISECONDS,
      () => this.#failAsUnknownPeer(this.#introduction.head),
    );
  }

  #disconnected(error: Error | undefined): void {
    if (this.#next !== undefined) return this.#next.closed(error);
    if (!this.#isClosed) this.listener.closed(error);
  }

  #received(bytes: ByteString): void {
    if (this.#next !== undefined) return this.#next.received(bytes);
    if (this.#isClosed) return;
    this.listener.active();
    if (this.#isIntroduced) this.#readFrames(bytes);
    else this.#introduce(bytes);
  }

  #introduce(bytes: ByteString): void {
    const finding = this.#introduction.push(bytes, this.#clock.now() - this.#start);
    switch (finding.type) {
      case "undecided":
        return;
      case "prompted":
        this.#ask();
        return this.#waitForIntroduction();
      case "unknown":
        return this.#failAsUnknownPeer(finding.answer);
      case "refused":
        this.listener.received(finding.frame);
        if (this.#introduction.head !== "" && !this.#isClosed) this.#introduce("");
        return;
      case "introduced":
        return this.#accept(finding.frame, finding.rest);
    }
  }

  #accept(frame: IntroductionFrame, rest: ByteString): void {
    this.#cancelTimer?.();
    this.#isIntroduced = true;
    this.listener.introduced(frame);
    this.#readFrames(rest);
  }

  #readFrames(bytes: ByteString): void {
    this.#decoder.push(bytes);
    while (!this.#isClosed) {
      const line = this.#decoder.next();
      if (line === undefined) break;
      if (line === TOO_LONG) return this.listener.failed("not_understood");
      if (line.trim() !== "") this.#handleLine(line);
    }
    this.listener.caughtUp();
  }

  #handleLine(line: ByteString): void {
    const parsed = parseServerFrame(line);
    if (parsed === undefined) return this.listener.failed("not_understood");
    const frame = usableFrame(parsed);
    if (frame !== undefined) this.listener.received(frame);
  }

  /** @param answer all input so far; empty for silence. */
  #failAsUnknownPeer(answer: ByteString): void {
    if (this.#isClosed || this.#isIntroduced) return;
    const sent = this.#hasAsked ? RECORD_SEPARATOR : "";
    const description = describeUnknownPeer(answer, sent);
    if (!this.#usesPlainPeers || !speaksLines(answer)) {
      return this.listener.failed("not_hubbub", description);
    }
    // A server that received the byte may have read it as a name or a message.
    if (!this.#hasAsked) this.#next = new HandedOverConnection(this.#transport, answer);
    const plainPeer = { description, isEcho: isEcho(answer, sent), connection: this.#next };
    this.listener.failed("not_hubbub", description, plainPeer);
  }
}
