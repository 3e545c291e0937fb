import { Buffer } from "node:buffer";
import dns from "node:dns";
import http from "node:http";
import net, { type LookupFunction } from "node:net";
import tls from "node:tls";
import { isPublicAddress } from "../addresses/network_address.ts";
import type { Clock } from "../scheduling/clock.ts";
import { isPrivateUrl, literalAddress } from "./hook_url.ts";

/** Maximum number of bytes from the receiver in one attempt, in any form: interim answers (1xx), the head and
 * the body of the answer, chunks. Past it the connection is closed. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Milliseconds after which an unused connection is closed: firewalls forget it silently. */
const IDLE_MILLISECONDS = 15_000;

/** The error of a receiver that only `--hook-out-private` allows. */
const PRIVATE = "not on the public Internet, or without https; --hook-out-private allows that";

/** The result of one attempt: the answer of the receiver, or why it has failed. */
export type Outcome =
  | { readonly status: number; readonly retryAfter: string | undefined }
  | { readonly error: string; readonly isFinal?: true };

/** Where the queue of a webhook sends its messages. */
export interface Target {
  /** Sends a body. It rejects only with errors of the runtime, such as of permissions. */
  post(body: string, headers: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Closes the connection; an attempt in progress fails. */
  close(): void;
}

export interface HookTargetOptions {
  /** Whether addresses outside of the public Internet, and those without TLS, may be used. */
  readonly hookOutPrivate: boolean;
  /** Time limit of an attempt. */
  readonly hookOutMilliseconds: number;
}

/**
 * The receiver of an outgoing webhook, over one connection that is kept.
 *
 * 1. The address that is connected to is the one that was checked: names are resolved here, and private
 *    addresses are left out.
 * 2. Neither redirects nor proxies are followed.
 * 3. The time limit holds for all of an attempt: name, connection, TLS, request and answer.
 * 4. The answer is read up to a bound, and dropped.
 */
export class HookTarget implements Target {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  #attempt: http.ClientRequest | undefined;
  #onBytes: (count: number) => void = () => {};
  #cancelIdle = () => {};
  #isClosed = false;

  /** @param ca certificates in PEM that are trusted instead of those of the system; for tests. */
  constructor(
    private readonly url: URL,
    private readonly options: HookTargetOptions,
    private readonly clock: Pick<Clock, "after">,
    private readonly ca?: string,
  ) {
    this.#agent.createConnection = () => {
      const socket = this.#connect();
      socket.on("data", ({ length }: Buffer) => this.#onBytes(length));
      return socket;
    };
  }

  post(body: string, headers: Readonly<Record<string, string>>): Promise<Outcome> {
    this.#cancelIdle();
    const { url, options, clock } = this;
    if (!options.hookOutPrivate && isPrivateUrl(url)) {
      return Promise.resolve({ error: PRIVATE, isFinal: true });
    }
    return new Promise((resolve) => {
      let outcome: Outcome | undefined;
      const request = http.request({
        host: url.hostname,
        path: url.pathname + url.search,
        method: "POST",
        agent: this.#agent,
        headers: {
          "Host": url.host,
          "Content-Type": "application/json",
          "Content-Length": String(Buffer.byteLength(body)),
          "User-Agent": "hubbub",
          ...headers,
        },
      });
      this.#attempt = request;
      let left = MAX_ANSWER_BYTES;
      this.#onBytes = (count) => {
        left -= count;
        if (left < 0) fail("answer too long");
      };
      const finish = (result: Outcome) => {
        if (this.#attempt !== request) return;
        this.#attempt = undefined;
        cancel();
        if (!this.#isClosed) {
          this.#cancelIdle = clock.after(IDLE_MILLISECONDS, () => this.#agent.destroy());
        }
        resolve(outcome ?? result);
      };
      const fail = (error: string) => {
        request.destroy();
        finish({ error });
      };
      const cancel = clock.after(options.hookOutMilliseconds, () => fail("no answer in time"));
      request.on("error", ({ code, message }: NodeJS.ErrnoException) => fail(code ?? message));
      request.on("close", () => finish({ error: "closed without an answer" }));
      request.on("response", (answer) => {
        const { statusCode: status = 0, headers } = answer;
        const received = { status, retryAfter: headers["retry-after"] };
        outcome = received;
        answer.resume();
        answer.on("end", () => finish(received));
        answer.on("error", () => fail("answer broken off"));
      });
      request.end(body);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#attempt?.destroy();
    this.#cancelIdle();
    this.#agent.destroy();
  }

  /** Not by `https.Agent`: in Deno 2.9.6 that needs the permission to read the certificates of the system,
   * and throws without it. */
  #connect(): net.Socket {
    const { url, ca } = this;
    const isPlain = url.protocol === "http:";
    const address = literalAddress(url);
    const to = {
      host: address ?? url.hostname,
      port: Number(url.port || (isPlain ? 80 : 443)),
      lookup: this.#lookup,
    };
    if (isPlain) return net.connect(to);
    const servername = address === undefined ? { servername: to.host } : undefined;
    return tls.connect({ ...to, ...servername, ...(ca === undefined ? undefined : { ca }) });
  }

  /** Resolves a name to the addresses that may be used. */
  #lookup: LookupFunction = (host, options, callback) => {
    dns.lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const allowed = found.filter(({ address }) =>
        this.options.hookOutPrivate || isPublicAddress(address)
      );
      const [first] = allowed;
      if (first === undefined) callback(new Error(PRIVATE), []);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
