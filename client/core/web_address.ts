/**
 * The address of a server by its page: a URL, as in a browser.
 *
 * @module
 */

import { toByteString } from "../../protocol/byte_string.ts";
import type { Endpoint } from "./transport.ts";

/** How a WebSocket is requested. */
export interface WebSocketOptions {
  /** Such as `/chat/ws`. */
  readonly path: string;
  /** Whether the transport encrypts. Default: false. */
  readonly isEncrypted?: boolean;
  /** The header `Authorization`, for a web server in front of the chat. */
  readonly authorization?: string;
}

/** The schemes, and whether they are encrypted. */
const SCHEMES: Readonly<Record<string, boolean>> = {
  "http:": false,
  "https:": true,
  "ws:": false,
  "wss:": true,
};

/**
 * The WebSocket of a URL; `undefined` for other schemes.
 *
 * The page connects to `ws` below its own path. A path without a slash at the end is that of a page,
 * too: web servers redirect browsers to the one with it.
 *
 * @throws {TypeError} for a query, a fragment, or a user without a password; the message is a clause.
 */
export function webSocketOf(url: URL): WebSocketOptions | undefined {
  const { protocol, pathname: path } = url;
  if (!Object.hasOwn(SCHEMES, protocol)) return undefined;
  if (url.search + url.hash !== "") {
    throw new TypeError("a chat has no query or fragment in its address");
  }
  const authorization = basicAuthorization(url);
  return {
    path: path.endsWith("/ws") ? path : `${path.replace(/\/$/, "")}/ws`,
    isEncrypted: SCHEMES[protocol]!,
    ...(authorization === undefined ? undefined : { authorization }),
  };
}

/** The path of the page of a WebSocket. */
export function pagePath({ path }: Pick<WebSocketOptions, "path">): string {
  return path.slice(0, -"ws".length);
}

/**
 * The user and the password of a URL as a header (RFC 7617); `undefined` without them.
 *
 * @throws {TypeError} for a user without a password.
 */
export function basicAuthorization({ username, password }: URL): string | undefined {
  if (username + password === "") return undefined;
  if (password === "") {
    throw new TypeError(
      "a user in an address needs a password, USER:PASSWORD@, and is not the name in the chat",
    );
  }
  const credentials = toByteString(`${decoded(username)}:${decoded(password)}`);
  return `Basic ${btoa(credentials)}`;
}

/**
 * The server of a URL.
 *
 * @throws {TypeError} for a URL that names no server.
 */
export function serverOfUrl(
  given: string | URL,
): Endpoint & { readonly webSocket: WebSocketOptions } {
  const url = new URL(given);
  const webSocket = webSocketOf(url);
  if (webSocket === undefined || url.hostname === "") {
    throw new TypeError("expected a URL such as https://chat.example.org/ or ws://127.0.0.1:8080/");
  }
  const defaultPort = webSocket.isEncrypted === true ? 443 : 80;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? defaultPort : Number(url.port),
    webSocket,
  };
}

/** Without percent-encoding; invalid encoding stays. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
