import {
  type ByteString,
  cleanLine,
  fromByteString,
  shorten,
  toBytes,
} from "../../protocol/mod.ts";
import type { OpenTransport, Transport, TransportListener } from "./transport.ts";

const SHOWN_CHARACTERS = 60;

/** First byte of a TLS alert (RFC 8446, section 5.1), the answer of a TLS server to anything else. */
const TLS_ALERT = "\x15";

/** Matches binary data: unusual control characters and invalid UTF-8. */
// deno-lint-ignore no-control-regex -- matches control characters
const UNREADABLE = /[\0-\u0006\u000e-\u001a\ufffd]/;

/** Some web servers answer an invalid request with a bare page, as HTTP/0.9 did. */
const WEB_SERVER = /^\s*(HTTP\/\d|<!doctype html|<html)/i;

/** Line-based servers for programs: SSH, mail, files. */
const OTHER_GREETING = /^(SSH-|220[ -]|\* OK|\+OK)/;

/**
 * Whether a server can be used with plain lines: an echo server, or a chat with a greeting or prompt.
 *
 * @param answer the first received bytes.
 */
export function speaksLines(answer: ByteString): boolean {
  if (unfitServer(answer) !== undefined || OTHER_GREETING.test(answer)) return false;
  const text = new TextDecoder().decode(toBytes(answer));
  return !UNREADABLE.test(text);
}

/** A welcome or an announcement before the name of a client. */
const WELCOME =
  /\b(welcome|hello|hi|hey|greetings|join\w*|connected|enter\w*|new (user|client|member))\b/i;

/**
 * Whether the answer is the sent text, with or without a prefix. A chat that reads it as a name
 * welcomes it, or announces it with text after it.
 */
export function isEcho(answer: ByteString, sent: ByteString): boolean {
  return sent !== "" && answer.trimEnd().endsWith(sent) && !WELCOME.test(answer);
}

/** Names a server that does not accept lines of plain text; `undefined` for all others. */
export function unfitServer(answer: ByteString): string | undefined {
  if (answer.startsWith(TLS_ALERT)) return "it expects TLS";
  return WEB_SERVER.test(answer) ? "it is a web server" : undefined;
}

/**
 * Describes a server other than hubbub by its answer.
 *
 * @param answer the first received bytes; empty for silence.
 * @param sent the bytes that this client has sent; empty if the server sent first.
 */
export function describeUnknownPeer(answer: ByteString, sent: ByteString): string {
  if (answer.trim() === "") return "it sends nothing";
  const unfit = unfitServer(answer);
  if (unfit !== undefined) return unfit;
  if (isEcho(answer, sent)) return "it sends back what it receives, as an echo server does";
  const [line = ""] = answer.trimStart().split("\n", 1);
  const text = fromByteString(line.trimEnd());
  const shown = text === undefined ? "" : shorten(cleanLine(text), SHOWN_CHARACTERS);
  return shown === "" ? "it answers with binary data" : `it answered "${shown}"`;
}

/** A server other than hubbub that can be used with plain lines. */
export interface PlainPeer {
  /** A clause such as `it is a web server`. */
  readonly description: string;
  /** Whether it sends back what it receives. */
  readonly isEcho: boolean;
  /** The connection if nothing was sent over it yet; otherwise a new one is needed. */
  readonly connection?: PlainConnection | undefined;
}

/** An open connection between two owners. Bytes received meanwhile are stored. */
export interface PlainConnection {
  /** Opens it in place of a new connection, once. */
  readonly open: OpenTransport;
  /** Closes a connection without a next owner. */
  destroy(): void;
}

export class HandedOverConnection implements PlainConnection, TransportListener {
  #received: ByteString;
  #next: TransportListener | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  constructor(private readonly transport: Transport, received: ByteString) {
    this.#received = received;
  }

  readonly open: OpenTransport = (_endpoint, next) => {
    queueMicrotask(() => {
      this.#next = next;
      next.opened();
      if (this.#received !== "") next.received(this.#received);
      if (this.#end !== undefined) next.closed(this.#end.error);
    });
    return this.transport;
  };

  destroy(): void {
    this.transport.destroy();
  }

  opened(): void {}

  received(bytes: ByteString): void {
    if (this.#next === undefined) this.#received += bytes;
    else this.#next.received(bytes);
  }

  drained(): void {
    this.#next?.drained?.();
  }

  closed(error?: Error): void {
    if (this.#next === undefined) this.#end = { error };
    else this.#next.closed(error);
  }
}
