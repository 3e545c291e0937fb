import {
  type ByteString,
  type ClientFrameOf,
  type DecodedLine,
  LengthDecoder,
  LineDecoder,
  MAX_FRAME_BYTES,
  MAX_LINE_BYTES,
  MAX_NAME_ATTEMPTS,
  NAME_PROMPT,
  type ParsedInput,
  parseJsonFrame,
  parseTextLine,
  type ProtocolError,
  protocolError,
  type ServerFrame,
  TOO_LONG,
} from "../protocol/mod.ts";
import type { Clock } from "./clock.ts";
import type { Fanout, Subscriber } from "./fanout.ts";
import { handleFrame, type HandlerSession } from "./handlers.ts";
import type { Hub } from "./hub.ts";
import type { Log } from "./log.ts";
import type { Member } from "./member.ts";
import type { TokenBucket } from "./token_bucket.ts";
import type { WireKind } from "./wire_format.ts";

/** What a session shares with all others of its server. */
export interface SessionServer extends Clock {
  readonly hub: Hub;
  readonly fanout: Fanout;
  readonly log: Log;
  /** Name and version, for `welcome`. */
  readonly serverName: string;
  /** An unguessable token. */
  newToken(): string;
}

/** What a session knows of its connection. */
export interface SessionConnection {
  /** The client's address and port, for the log alone. */
  readonly address: string;
  /** Its token bucket, where the rate is limited. */
  readonly bucket?: TokenBucket | undefined;
  /** Called when the client has got its name. */
  onRegistered(): void;
}

/** Why a session stopped working on its input. */
export type WorkState =
  /** Nothing is left to do until more comes in. */
  | "idle"
  /** There is more; the others come first. */
  | "more"
  /** It said more than it may; {@link Session.throttledFor} says for how long it has to wait. */
  | "throttled"
  /** It does not read its answers; it goes on when its outbox is empty. */
  | "full"
  /** It is over. */
  | "ended";

/** Answers that one session may cause in one turn, in bytes, before the others come first. */
const MAX_ANSWER_BYTES_PER_TURN = 64 * 1024;

/** What differs by the way a client speaks. */
interface Dialect {
  readonly decoder: {
    readonly buffered: number;
    push(chunk: ByteString): void;
    next(): DecodedLine;
    finish(): DecodedLine;
  };
  readonly parse: (line: ByteString, registered: boolean) => ParsedInput;
  readonly tooLong: ProtocolError;
  /** Whether the stream goes on after something that was too long. */
  readonly resumes: boolean;
}

function dialectOf(kind: WireKind): Dialect {
  switch (kind) {
    case "text":
      return {
        decoder: new LineDecoder(MAX_LINE_BYTES),
        parse: parseTextLine,
        tooLong: protocolError("line_too_long"),
        resumes: true,
      };
    case "json":
      return {
        decoder: new LineDecoder(MAX_FRAME_BYTES),
        parse: parseJsonFrame,
        tooLong: protocolError("frame_too_long"),
        resumes: true,
      };
    case "length":
      return {
        decoder: new LengthDecoder(MAX_FRAME_BYTES),
        parse: parseJsonFrame,
        tooLong: protocolError("frame_too_long"),
        resumes: false,
      };
  }
}

/**
 * One participant's connection: from bytes to frames, from no name to a member, to the end.
 *
 * It does no I/O: bytes are pushed in, and what it says goes to the fan-out.
 */
export class Session implements HandlerSession {
  #member: Member | undefined;
  readonly #dialect: Dialect;
  #refusedNames = 0;
  #inputEnded = false;
  #ended = false;
  #answerBytes = 0;

  constructor(
    private readonly server: SessionServer,
    private readonly subscriber: Subscriber,
    private readonly connection: SessionConnection,
  ) {
    this.#dialect = dialectOf(subscriber.format.kind);
  }

  get member(): Member | undefined {
    return this.#member;
  }

  get showsOwnWhispers(): boolean {
    return this.subscriber.format.kind === "text";
  }

  /** Bytes that came in and were not worked on yet. */
  get bufferedBytes(): number {
    return this.#dialect.decoder.buffered;
  }

  /** True once it needs no more input. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Milliseconds until a throttled session may go on. */
  get throttledFor(): number {
    return this.connection.bucket?.wait(this.server.monotonic()) ?? 0;
  }

  /** Asks people for their name. */
  start(): void {
    this.#prompt();
  }

  /** Takes in bytes; {@link work} works on them. */
  push(chunk: ByteString): void {
    if (!this.#ended) this.#dialect.decoder.push(chunk);
  }

  /** Nothing more will come in. What has come in is still worked on. */
  endInput(): void {
    this.#inputEnded = true;
  }

  /**
   * Works on the input.
   *
   * @param budget how many lines or frames at most.
   */
  work(budget: number): WorkState {
    const { decoder } = this.#dialect;
    this.#answerBytes = 0;
    for (let done = 0; done < budget; done++) {
      if (this.#ended) return "ended";
      if (this.subscriber.outbox.isFullOfAnswers && !this.#inputEnded) return "full";
      if (this.#answerBytes > MAX_ANSWER_BYTES_PER_TURN) return "more";
      if (decoder.buffered > 0 && this.throttledFor > 0) return "throttled";
      let line = decoder.next();
      if (line === undefined) {
        if (!this.#inputEnded) return "idle";
        line = decoder.finish();
        if (line === undefined) {
          this.#end();
          return "ended";
        }
      }
      this.connection.bucket?.take(this.server.monotonic());
      this.#handleLine(line);
    }
    return "more";
  }

  send(frame: ServerFrame): void {
    const bytes = this.subscriber.format.encode(frame, this.#member?.name);
    this.#answerBytes += bytes.length;
    this.server.fanout.direct(this.subscriber, bytes);
  }

  refuse(error: ProtocolError, ref?: string): void {
    this.send({ type: "error", ...error, ...(ref === undefined ? undefined : { ref }) });
  }

  register({ name, room }: ClientFrameOf<"hello">): void {
    const { hub, log } = this.server;
    const { value: member, error } = hub.register(name, this.subscriber, room);
    if (error !== undefined) return this.#refuseName(error);
    this.#member = member;
    this.connection.onRegistered();
    this.send({
      type: "welcome",
      name: member.name,
      room: member.room.name,
      server: this.server.serverName,
      session: this.server.newToken(),
      seq: member.room.seq,
    });
    const { kind } = this.subscriber.format;
    log.info("joined", {
      name: member.name,
      room: member.room.name,
      address: this.connection.address,
      kind,
    });
  }

  quit(): void {
    const { name } = this.#member ?? {};
    const text = name === undefined ? "Goodbye!" : `Goodbye, ${name}!`;
    this.send({ type: "bye", reason: "quit", text });
    this.#end();
  }

  /** Tells the client why, and ends. */
  close(why: ProtocolError): void {
    if (this.#ended) return;
    this.refuse(why);
    this.#end();
  }

  /** Tells the client that the server stops, and ends. */
  shutDown(): void {
    if (this.#ended) return;
    this.send({ type: "bye", reason: "shutdown", text: "The server is shutting down." });
    this.#end(false);
  }

  /** Tells the client how many messages it missed. */
  tellSkipped({ count, from, to }: { count: number; from: number; to: number }): void {
    const room = this.#member?.room.name;
    if (room !== undefined) this.send({ type: "skipped", room, count, from, to });
  }

  #handleLine(line: Exclude<DecodedLine, undefined>): void {
    if (line === TOO_LONG) {
      if (!this.#dialect.resumes) return this.close(this.#dialect.tooLong);
      return this.#refuseInput(this.#dialect.tooLong);
    }
    const input = this.#dialect.parse(line, this.#member !== undefined);
    if (input === undefined) return;
    if (input.error !== undefined) return this.#refuseInput(input.error, input.ref);
    handleFrame(this, input.frame, { hub: this.server.hub, now: this.server.now });
  }

  /** What a person types at the prompt is a name, however wrong. */
  #refuseInput(error: ProtocolError, ref?: string): void {
    const answersPrompt = this.#member === undefined && this.subscriber.format.kind === "text";
    if (answersPrompt) this.#refuseName(error);
    else this.refuse(error, ref);
  }

  #refuseName(error: ProtocolError): void {
    this.refuse(error);
    if (++this.#refusedNames >= MAX_NAME_ATTEMPTS) {
      return this.close(protocolError("too_many_attempts"));
    }
    this.#prompt();
  }

  #prompt(): void {
    if (this.subscriber.format.kind === "text") {
      this.server.fanout.direct(this.subscriber, NAME_PROMPT);
    }
  }

  /** @param tellOthers false where everybody is told something else, as when the server stops. */
  #end(tellOthers = true): void {
    this.#ended = true;
    const member = this.#member;
    if (member !== undefined) {
      if (tellOthers) this.server.hub.unregister(member);
      this.server.log.info("left", { name: member.name, address: this.connection.address });
    }
    this.server.fanout.end(this.subscriber);
  }
}
