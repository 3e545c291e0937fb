import {
  type ByteString,
  cleanLine,
  fromByteString,
  shorten,
  toBytes,
} from "../../protocol/mod.ts";
import type { OpenTransport, Transport, TransportListener } from "./transport.ts";

/** Characters of a strange answer that are shown. */
const SHOWN_CHARACTERS = 60;

/** First byte of a TLS alert (RFC 8446, section 5.1), the answer of a TLS server to anything else. */
const TLS_ALERT = "\x15";

/** Bytes that are no text: controls that no terminal is sent, and what is not UTF-8. */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const UNREADABLE = /[\0-\u0006\u000e-\u001a\ufffd]/;

/** Some web servers answer what is no request with a bare page, as HTTP/0.9 did. */
const WEB_SERVER = /^\s*(HTTP\/\d|<!doctype html|<html)/i;

/** Servers that speak in lines, but not with people: SSH, mail, files. */
const OTHER_GREETING = /^(SSH-|220[ -]|\* OK|\+OK)/;

/**
 * Whether somebody can talk with what answered by plain lines: an echo server, a chat that greets or
 * asks for a name.
 *
 * @param answer the first bytes that came.
 */
export function speaksLines(answer: ByteString): boolean {
  if (unfitServer(answer) !== undefined || OTHER_GREETING.test(answer)) return false;
  const text = new TextDecoder().decode(toBytes(answer));
  return !UNREADABLE.test(text);
}

/** A welcome or an announcement of a client, with its name behind. */
const WELCOME =
  /\b(welcome|hello|hi|hey|greetings|join\w*|connected|enter\w*|new (user|client|member))\b/i;

/**
 * Whether the answer is the sent text, with or without a prefix. A chat that reads it as a name
 * announces it with something behind it, or welcomes it.
 */
export function isEcho(answer: ByteString, sent: ByteString): boolean {
  return sent !== "" && answer.trimEnd().endsWith(sent) && !WELCOME.test(answer);
}

/** Names a server that does not accept lines of plain text; `undefined` for all others. */
export function unfitServer(answer: ByteString): string | undefined {
  if (answer.startsWith(TLS_ALERT)) return "it wants TLS";
  return WEB_SERVER.test(answer) ? "it is a web server" : undefined;
}

/**
 * Says in a few words what it is that answered, when it is not hubbub.
 *
 * @param answer the first bytes that came; empty for silence.
 * @param sent what this client has sent; empty where the other side spoke first.
 */
export function describeUnknownPeer(answer: ByteString, sent: ByteString): string {
  if (answer.trim() === "") return "it says nothing";
  const unfit = unfitServer(answer);
  if (unfit !== undefined) return unfit;
  if (isEcho(answer, sent)) return "it sends back what it gets, as an echo server does";
  const [line = ""] = answer.trimStart().split("\n", 1);
  const text = fromByteString(line.trimEnd());
  const shown = text === undefined ? "" : shorten(cleanLine(text), SHOWN_CHARACTERS);
  return shown === "" ? "it answers with something unreadable" : `it answered "${shown}"`;
}

/** A server that is not hubbub and can be used with plain lines. */
export interface PlainPeer {
  /** What it is, in a few words. */
  readonly description: string;
  /** True when it sends back what it gets. */
  readonly isEcho: boolean;
  /** The connection, where nothing was sent over it yet; without it, a new one is needed. */
  readonly connection?: PlainConnection | undefined;
}

/** An open connection that waits for its next owner. What comes in meanwhile is kept. */
export interface PlainConnection {
  /** Takes the place of a new connection, once. */
  readonly open: OpenTransport;
  /** Closes it, where there is no next owner. */
  destroy(): void;
}

/** A connection between two owners. */
export class HandedOverConnection implements PlainConnection, TransportListener {
  #received: ByteString;
  #next: TransportListener | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** @param received what has come in so far. */
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

  closed(error?: Error): void {
    if (this.#next === undefined) this.#end = { error };
    else this.#next.closed(error);
  }
}
