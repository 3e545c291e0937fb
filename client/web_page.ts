import { type ByteString, hostPort } from "../protocol/mod.ts";
import { ConnectionError, connectionErrorOf } from "./core/connection_errors.ts";
import { openTcp } from "./transports/socket_transport.ts";
import type { Endpoint, OpenTransport } from "./core/transport.ts";

/** Maximum length of the first line of an answer. */
const MAX_STATUS_LINE = 4096;

/** Options of {@link webPageStatus}. */
export interface FindPageOptions extends Endpoint {
  /** Default: TCP. */
  readonly openTransport?: OpenTransport;
  /** Default: `/`. */
  readonly path?: string;
  /** Default: 10 s. */
  readonly connectTimeoutMilliseconds?: number;
}

/**
 * Asks a server for its page for browsers, by HEAD.
 *
 * @returns the status of the answer: 200 if it has one.
 * @throws {ConnectionError} when it cannot be reached, or does not speak HTTP.
 */
export async function webPageStatus(options: FindPageOptions): Promise<number> {
  const { host, port, openTransport = openTcp, path = "/" } = options;
  const { connectTimeoutMilliseconds = 10_000 } = options;
  const endpoint = { host, port };
  const answer = Promise.withResolvers<number>();
  const fail = (code: "timed_out" | "not_hubbub" | "closed_while_joining", detail?: string) =>
    answer.reject(
      new ConnectionError(code, code === "timed_out" ? "connect" : "join", endpoint, { detail }),
    );
  let received = "";
  const transport = openTransport(endpoint, {
    opened: () => {
      const lines = [`HEAD ${path} HTTP/1.1`, `Host: ${hostPort(endpoint)}`, "Connection: close"];
      transport.write([...lines, "", ""].join("\r\n") as ByteString);
    },
    received: (bytes) => {
      received += bytes;
      const [line, status] = /^HTTP\/1\.\d (\d{3})[^\r\n]*\r?\n/.exec(received) ?? [];
      if (line !== undefined) answer.resolve(Number(status));
      else if (
        !"HTTP/1.".startsWith(received.slice(0, 7)) || received.length > MAX_STATUS_LINE
      ) {
        transport.destroy();
        fail("not_hubbub", "it does not speak HTTP");
      }
    },
    closed: (error) => {
      if (error === undefined) fail("closed_while_joining");
      else answer.reject(connectionErrorOf(error, "connect", endpoint));
    },
  });
  const timer = setTimeout(() => fail("timed_out"), connectTimeoutMilliseconds);
  try {
    return await answer.promise;
  } finally {
    clearTimeout(timer);
    transport.destroy();
  }
}
