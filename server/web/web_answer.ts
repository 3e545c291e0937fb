import { Buffer } from "node:buffer";
import { STATUS_CODES } from "node:http";

/** An answer over HTTP. */
export interface WebAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Set if compression is worthwhile: for the files of the page. */
  readonly isCompressible?: true;
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

/**
 * Restricts the page to its own script, which creates no HTML, and to connections with its own server.
 */
const SECURITY_HEADERS = {
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "img-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const;

/**
 * All headers of an answer.
 *
 * Each connection has one answer: a page and occasional scrapes need no more, and an idle connection would
 * take a client's place.
 */
export function headersOf({ type, body, headers }: WebAnswer): Record<string, string> {
  return {
    "Content-Type": type,
    "Content-Length": String(Buffer.byteLength(body)),
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
  /** Whether the body is omitted. */
  readonly isHead: boolean;
}

export function rawAnswer(answer: WebAnswer, encoded?: EncodedAnswer): Buffer {
  const { status } = answer;
  const headers = { ...headersOf(answer), ...encoded?.headers };
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
  if (encoded?.isHead === true) return head;
  return Buffer.concat([head, Buffer.from(encoded?.body ?? answer.body)]);
}
