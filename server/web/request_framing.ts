import type { IncomingMessage } from "node:http";
import { headerValues } from "./request_gate.ts";

/** Length of a body in bytes, or `chunked`; `undefined` without a header about it. */
export type BodyLength = number | "chunked" | undefined;

/** Where a request ends, and whether another one may follow. */
export interface RequestFraming {
  readonly body: BodyLength;
  /** Whether the client keeps its connection for further requests. */
  readonly isKeptAlive: boolean;
  /** Whether the client waits for a go-ahead before it sends the body. */
  readonly isAwaited: boolean;
}

/** A request whose end two servers in a row could see at different places. */
export interface FramingFault {
  readonly status: 400 | 501;
  readonly text: string;
}

/**
 * Reads the framing of a request (RFC 9112, sections 6 and 9.3).
 *
 * Stricter than the standard: with two lengths, equal ones too, no client is served, since a proxy in front
 * may have used the other one.
 */
export function framingOf(
  { method, rawHeaders, httpVersion }: Pick<
    IncomingMessage,
    "method" | "rawHeaders" | "httpVersion"
  >,
): RequestFraming | FramingFault {
  const valuesOf = (name: string) => headerValues(rawHeaders, name);
  const lengths = valuesOf("content-length");
  const codings = valuesOf("transfer-encoding");
  const connection = valuesOf("connection").join(",").toLowerCase().split(",")
    .map((option) => option.trim());
  const isOld = httpVersion === "1.0";
  // A tunnel has no next request.
  const isKeptAlive = method !== "CONNECT" &&
    !connection.includes("close") && (!isOld || connection.includes("keep-alive"));
  const isAwaited = !isOld && valuesOf("expect").join().toLowerCase() === "100-continue";
  const common = { isKeptAlive, isAwaited };
  if (lengths.length + codings.length > 1) return fault(TWO_LENGTHS);
  const [coding] = codings;
  if (coding !== undefined) {
    if (isOld) return fault("HTTP/1.0 has no Transfer-Encoding. Send a Content-Length.");
    if (coding.toLowerCase() === "chunked") return { ...common, body: "chunked" };
    return { status: 501, text: "The only known Transfer-Encoding is chunked." };
  }
  const [length] = lengths;
  if (length === undefined) return { ...common, body: undefined };
  if (/^\d{1,15}$/.test(length)) return { ...common, body: Number(length) };
  return fault("The Content-Length is no number of up to 15 digits.");
}

const TWO_LENGTHS =
  "The request has several lengths of its body. Send one Content-Length, or one Transfer-Encoding.";

function fault(text: string): FramingFault {
  return { status: 400, text };
}
