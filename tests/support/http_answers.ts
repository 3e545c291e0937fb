/** The answers of a connection with HTTP, cut by their own framing. */

import { RawClient } from "./raw_client.ts";

export interface HttpAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** One character per byte. */
  readonly body: string;
}

/** Bytes of a server are not a valid answer. */
export class InvalidAnswerError extends Error {}

/**
 * Cuts the first answer from the bytes of a server.
 *
 * @param method of its request.
 * @returns the answer and the bytes after it; `undefined` if it is incomplete.
 * @throws {InvalidAnswerError} for bytes that are not an answer with a length.
 */
export function cutAnswer(
  bytes: string,
  method: string,
): { readonly answer: HttpAnswer; readonly rest: string } | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...lines] = bytes.slice(0, end).split("\r\n");
  const [, digits] = /^HTTP\/1\.1 ([1-5]\d\d) [\x20-\x7e]+$/.exec(line) ?? [];
  if (digits === undefined) throw new InvalidAnswerError(JSON.stringify(bytes.slice(0, 300)));
  const headers = new Map<string, string>();
  for (const each of lines) {
    const [, name, value] = /^([\w-]+): ([ -~\x80-\xff]*)$/.exec(each) ?? [];
    if (name === undefined || headers.has(name.toLowerCase())) throw new InvalidAnswerError(each);
    headers.set(name.toLowerCase(), value!);
  }
  const status = Number(digits);
  const hasBody = method !== "HEAD" && status >= 200 && status !== 204 && status !== 304;
  const length = hasBody ? Number(headers.get("content-length") ?? NaN) : 0;
  if (Number.isNaN(length)) throw new InvalidAnswerError(`no length: ${bytes.slice(0, end)}`);
  const next = end + 4 + length;
  if (bytes.length < next) return undefined;
  return {
    answer: { status, headers, body: bytes.slice(end + 4, next) },
    rest: bytes.slice(next),
  };
}

/** A connection with HTTP. */
export class HttpClient implements Disposable {
  private constructor(readonly raw: RawClient) {}

  static async connect(port: number): Promise<HttpClient> {
    return new HttpClient(await RawClient.connect(port, "latin1"));
  }

  send(bytes: string | Uint8Array): void {
    this.raw.send(bytes);
  }

  /** The next answer. @param method of its request. */
  async answer(method = "GET"): Promise<HttpAnswer> {
    const head = await this.raw.until("\r\n\r\n");
    const known = cutAnswer(head, method);
    if (known !== undefined) return known.answer;
    const [, length] = /^content-length: (\d+)\r$/im.exec(head)!;
    const body = await this.raw.until(new RegExp(`^[^]{${length}}`));
    return cutAnswer(head + body, method)!.answer;
  }

  /** Sends requests at once; their answers follow each other. */
  async answers(...requests: readonly string[]): Promise<HttpAnswer[]> {
    this.send(requests.join(""));
    const answers: HttpAnswer[] = [];
    for (const request of requests) answers.push(await this.answer(request.split(" ", 1)[0]));
    return answers;
  }

  [Symbol.dispose](): void {
    this.raw.close();
  }
}

/** A request without a body, or with one in the form that its headers announce. */
export function httpRequest(line: string, headers: readonly string[] = [], body = ""): string {
  return [`${line} HTTP/1.1`, "Host: localhost", ...headers, "", body].join("\r\n");
}
