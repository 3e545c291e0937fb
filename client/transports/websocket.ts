import type { Buffer } from "node:buffer";
import type { ClientRequest, IncomingMessage } from "node:http";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import {
  cleanLine,
  hostPort,
  MAX_SERVER_FRAME_BYTES,
  shorten,
  WEBSOCKET_PROTOCOL,
} from "../../protocol/mod.ts";
import type { MessageSocket, MessageSocketListener } from "../core/message_channel.ts";
import type { Endpoint, OpenTransport } from "../core/transport.ts";
import type { WebSocketOptions } from "../core/web_address.ts";
import { TransportStream } from "./transport_stream.ts";

/** Maximum size of the answer to the handshake, and of the shown part of its text. */
const MAX_ANSWER_BYTES = 65_536;
const MAX_SHOWN_CHARACTERS = 200;

/** Maximum number of fragments of a message, as the server's own limit. */
const MAX_FRAGMENTS = 128;

/** Codes of closing frames without a fault (RFC 6455, section 7.4.1), and that of a missing frame. */
const NORMAL_CODES: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006]);

/** What to do about an answer other than a WebSocket, by its status. */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [200, "It serves no WebSocket there. Check the path"],
  [400, "A proxy on the way may not forward WebSockets"],
  [401, "Give its user and password in the address, as in https://USER:PASSWORD@chat.example.org/"],
  [404, "Check the path of the address"],
  [426, "A proxy on the way does not forward WebSockets"],
  [502, "The chat server behind it may be down"],
  [503, "The chat server behind it may be down"],
  [504, "The chat server behind it may be down"],
]);

const OTHER_ADVICE = "Check that the address is that of a hubbub server";

export interface OpenWebSocketOptions extends WebSocketOptions {
  readonly endpoint: Endpoint;
  readonly openTransport: OpenTransport;
}

/**
 * Opens a WebSocket over a transport.
 *
 * 1. The handshake starts when the transport is established, and with TLS its certificate verified.
 * 2. An answer other than a WebSocket of hubbub is an error that describes it. Redirections are reported
 *    and not followed, as in browsers.
 * 3. Compression is not offered, and answer, messages and fragments have limits.
 * 4. A transport that breaks is reported with its own error.
 */
export function openWebSocket(
  { endpoint, openTransport, path, isEncrypted = false, authorization }: OpenWebSocketOptions,
  listener: MessageSocketListener,
): MessageSocket {
  let client: WebSocket | undefined;
  let failure: Error | undefined;
  const stream = new TransportStream(limitedAnswer(openTransport, () => client), endpoint, () => {
    listener.opened();
    if (!stream.destroyed) client = start();
  });
  stream.on("error", () => {}); // "close" follows
  stream.on("close", () => {
    if (client === undefined) listener.closed(stream.failure);
  });
  const fail = (error: Error | undefined) => {
    failure ??= error;
    client?.terminate();
  };

  const start = (): WebSocket => {
    const url = `${isEncrypted ? "wss" : "ws"}://${hostPort(endpoint)}${path}`;
    const socket = new WebSocket(url, WEBSOCKET_PROTOCOL, {
      createConnection: () => stream as never,
      headers: authorization === undefined ? {} : { Authorization: authorization },
      perMessageDeflate: false,
      maxPayload: MAX_SERVER_FRAME_BYTES,
      ...{ maxFragments: MAX_FRAGMENTS }, // missing in the types
    });
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) fail(fault("ERR_INVALID_FRAME", "binary message"));
      else listener.received(data.toString("utf8"));
    });
    socket.on("unexpected-response", (_request: ClientRequest, answer: IncomingMessage) => {
      void faultOf(answer).then(fail);
    });
    // After a fault of a frame, the library would wait for the other side to close.
    socket.on("error", (error: Error) => fail(stream.failure ?? handshakeFault(error)));
    socket.on("close", (code: number, reason: Buffer) => {
      stream.destroy();
      listener.closed(failure ?? stream.failure ?? closeFault(code, reason.toString("utf8")));
    });
    return socket;
  };

  return {
    send(text) {
      if (client?.readyState === WebSocket.OPEN) client.send(text);
    },
    pause: () => client?.pause(),
    resume: () => client?.resume(),
    close() {
      if (client === undefined) stream.destroy();
      else client.terminate();
    },
  };
}

/** A transport whose bytes are limited until the WebSocket is open. */
function limitedAnswer(
  open: OpenTransport,
  client: () => WebSocket | undefined,
): OpenTransport {
  return (endpoint, listener) => {
    let received = 0;
    let failure: Error | undefined;
    const transport = open(endpoint, {
      opened: () => listener.opened(),
      received(bytes) {
        if (client()?.readyState === WebSocket.CONNECTING) received += bytes.length;
        if (received <= MAX_ANSWER_BYTES) return listener.received(bytes);
        failure = fault("ERR_NO_WEBSOCKET", "its answer to the request is too long");
        transport.destroy();
      },
      drained: () => listener.drained?.(),
      closed: (error) => listener.closed(failure ?? error),
    });
    return transport;
  };
}

/** Describes an answer other than a WebSocket. */
async function faultOf(answer: IncomingMessage): Promise<Error> {
  const { statusCode = 0, statusMessage = "", headers } = answer;
  const { location } = headers;
  if (statusCode >= 300 && statusCode < 400 && location !== undefined) {
    return fault("ERR_REDIRECTED", shown(location.replace(/\/ws$/, "/")));
  }
  const isText = headers["content-type"]?.startsWith("text/plain") === true;
  const text = isText ? (await firstChunk(answer)).trim().replace(/\.$/, "") : "";
  const advice = ADVICE.get(statusCode) ?? "";
  // Of a bad request, the server itself knows more.
  const detail = (statusCode === 400 ? text || advice : advice || text) || OTHER_ADVICE;
  return fault("ERR_HTTP_REFUSED", shown(`${`${statusCode} ${statusMessage}`.trim()}. ${detail}`));
}

/** The first bytes of a body; empty without any. */
function firstChunk(answer: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    answer.once("data", (chunk: Buffer) => resolve(chunk.toString("utf8")));
    for (const event of ["end", "error", "close"]) answer.once(event, () => resolve(""));
  });
}

/** The error of an invalid handshake or frame; `undefined` for a connection that was closed. */
function handshakeFault(error: Error & { code?: string }): Error | undefined {
  if (error.code === "ECONNRESET") return undefined;
  const reason = shown(error.message.replace(/\.$/, ""));
  if (error.code?.startsWith("WS_ERR_")) return fault("ERR_INVALID_FRAME", reason);
  return fault("ERR_NO_WEBSOCKET", `it opens no WebSocket of hubbub (${reason})`);
}

function closeFault(code: number, reason: string): Error | undefined {
  if (NORMAL_CODES.has(code)) return undefined;
  const detail = reason === "" ? "" : ` (${shown(reason)})`;
  return fault("ERR_WEBSOCKET_CLOSED", `code ${code}${detail}`);
}

function fault(code: string, detail: string): Error {
  return Object.assign(new Error(detail), { code });
}

function shown(text: string): string {
  return shorten(cleanLine(text.slice(0, 2 * MAX_SHOWN_CHARACTERS)), MAX_SHOWN_CHARACTERS);
}
