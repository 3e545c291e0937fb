import { type ByteString, cleanLine, hostPort, shorten } from "../../protocol/mod.ts";
import { connectionErrorOf } from "../core/connection_errors.ts";
import type { Endpoint, OpenTransport } from "../core/transport.ts";
import { openTcp } from "./socket_transport.ts";

/** Maximum size of the answer of a proxy. */
const MAX_ANSWER_BYTES = 16_384;

const MAX_SHOWN_CHARACTERS = 100;

/** An HTTP proxy, which connects its clients to servers. */
export interface HttpProxy extends Endpoint {
  /** The header `Proxy-Authorization`. */
  readonly authorization?: string | undefined;
}

/**
 * Connects through an HTTP proxy (`CONNECT`; RFC 9110, section 9.3.6). The proxy resolves the name of
 * the host. The reason of a failure names the proxy.
 *
 * @param open connects to the proxy. Default: TCP.
 */
export function openTunnel(proxy: HttpProxy, open: OpenTransport = openTcp): OpenTransport {
  return (endpoint, listener) => {
    let answer: ByteString = "";
    let isEstablished = false;
    let failure: Error | undefined;
    const fail = (reason: string) => {
      failure = fault(`${hostPort(proxy)} ${reason}.`);
      transport.destroy();
    };
    const transport = open(proxy, {
      opened: () => void transport.write(requestOf(endpoint, proxy)),
      received(bytes) {
        if (isEstablished) return listener.received(bytes);
        if (failure !== undefined) return;
        answer += bytes;
        const end = answer.indexOf("\r\n\r\n");
        const reason = refusalOf(answer, end >= 0, endpoint, proxy);
        if (reason !== undefined) return fail(reason);
        if (end < 0) return;
        isEstablished = true;
        listener.opened();
        const rest = answer.slice(end + 4);
        answer = "";
        if (rest !== "") listener.received(rest);
      },
      drained: () => listener.drained?.(),
      closed(error) {
        if (isEstablished) return listener.closed(error);
        listener.closed(failure ?? unusable(proxy, error));
      },
    });
    return {
      ...transport,
      // Nothing but the request is sent before the proxy has connected.
      write: (bytes) => isEstablished ? transport.write(bytes) : undefined,
    };
  };
}

function requestOf(endpoint: Endpoint, { authorization }: HttpProxy): ByteString {
  const target = hostPort(endpoint);
  const credentials = authorization === undefined ? [] : [`Proxy-Authorization: ${authorization}`];
  return [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, ...credentials, "", ""].join("\r\n");
}

/** The reason why an answer opens no tunnel; `undefined` for one that does, or may. */
function refusalOf(
  answer: ByteString,
  isWhole: boolean,
  endpoint: Endpoint,
  { authorization }: HttpProxy,
): string | undefined {
  const [line, status = "", text = ""] = /^HTTP\/1\.[01] (\d{3})([^\r\n]*)\r\n/.exec(answer) ?? [];
  const isOther = line === undefined && (isWhole || !mayBeStatusLine(answer));
  if (isOther || answer.length > MAX_ANSWER_BYTES) return "is no HTTP proxy";
  if (!isWhole || status.startsWith("2")) return undefined;
  if (status === "407") {
    return authorization === undefined
      ? "requires a user and a password. Give them in its address, as in " +
        "http://USER:PASSWORD@proxy.example.org:3128"
      : "refuses the user or the password in its address. Correct them there";
  }
  const shown = shorten(cleanLine(`${status}${text}`.trim()), MAX_SHOWN_CHARACTERS);
  return `does not connect to ${hostPort(endpoint)}: it answered "${shown}". ${adviceOf(status)}`;
}

/** What to do about a status. */
function adviceOf(status: string): string {
  if (status === "403") return "Ask its administrator to allow this host and port";
  return status.startsWith("5")
    ? "Check that the server is running"
    : "Check that it is an HTTP proxy with CONNECT";
}

/** Whether an answer may become `HTTP/1.1 200 ...`. */
function mayBeStatusLine(answer: ByteString): boolean {
  return "HTTP/1.".startsWith(answer.slice(0, 7));
}

/** The error of a proxy that cannot be reached, or closes the connection. */
function unusable(proxy: HttpProxy, error: Error | undefined): Error {
  if (error === undefined) return fault(`${hostPort(proxy)} closed the connection.`);
  const { code, message } = connectionErrorOf(error, "connect", proxy);
  if (code === "refused") {
    return fault(`${hostPort(proxy)} cannot be used: connection refused. Is it running?`, error);
  }
  return fault(`cannot be used. ${message}`, error);
}

function fault(message: string, cause?: Error): Error {
  return Object.assign(new Error(message, { cause }), { code: "ERR_PROXY" });
}
