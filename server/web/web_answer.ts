import { Buffer } from "node:buffer";
import { STATUS_CODES } from "node:http";

/** An answer over HTTP. */
export interface WebAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Set if compression is worthwhile: for the files of the page. */
  readonly isCompressible?: true;
  /** Set if the length of the body is unknown: it ends with the connection. */
  readonly isStream?: true;
  /** Headers besides the common ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

export function sentence(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): WebAnswer {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n`, headers };
}

export function json(
  status: number,
  value: object,
  headers: Readonly<Record<string, string>> = {},
): WebAnswer {
  return { status, type: "application/json", body: `${JSON.stringify(value)}\n`, headers };
}

/**
 * Restricts the page to its own script, which creates no HTML, and to connections with its own server.
 */
const SECURITY_HEADERS = {
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "img-src 'self'; connect-src 'self'; manifest-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const;

/** All headers of an answer; by default it is the last one of its connection. */
export function headersOf(
  { status, type, body, isStream, headers }: WebAnswer,
): Record<string, string> {
  // An answer without content has no length (RFC 9110, section 8.6).
  const length = isStream ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const content = status === 204 ? undefined : { "Content-Type": type, ...length };
  return {
    ...content,
    "Cache-Control": "no-store",
    ...SECURITY_HEADERS,
    ...headers,
    "Connection": "close",
  };
}

export interface EncodedAnswer {
  readonly body: string | Buffer;
  /** Headers that replace those of the answer, or are added. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The head of an answer. @param headers replace those of the answer, or are added. */
export function rawHead(
  answer: WebAnswer,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const { status } = answer;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries({ ...headersOf(answer), ...headers })
      .map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
}

/** The bytes of an answer. @param isHead whether the body is omitted. */
export function rawAnswer(answer: WebAnswer, encoded?: EncodedAnswer, isHead = false): Buffer {
  const head = rawHead(answer, encoded?.headers);
  if (isHead) return head;
  return Buffer.concat([head, Buffer.from(encoded?.body ?? answer.body)]);
}
