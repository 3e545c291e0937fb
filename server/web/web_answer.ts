import { Buffer } from "node:buffer";
import { STATUS_CODES } from "node:http";

/** An answer over HTTP. */
export interface WebAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Set where it is worth to compress it: the files of the page. */
  readonly isCompressible?: true;
  /** Headers besides those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of one sentence. */
export function sentence(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): WebAnswer {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n`, headers };
}

/**
 * What keeps a browser from doing more with an answer than the page does: it runs its one script,
 * which makes nothing into HTML, and talks to the server that it came from.
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
 * Each is the last of its connection: a page and a scrape now and then need no more, and an idle
 * connection would take a client's place.
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

/** An answer as bytes, for where there is no `ServerResponse` to write it. */
export function rawAnswer(answer: WebAnswer): Buffer {
  const { status, body } = answer;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headersOf(answer)).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
