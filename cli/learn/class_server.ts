import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { PAGE_STYLE } from "../../client/learn/class_page.ts";
import {
  answerOf,
  type ClassAnswer,
  type ClassContext,
  MAX_BODY_BYTES,
  refusal,
} from "../../client/learn/class_requests.ts";
import { ClassRoll } from "../../client/learn/class_roll.ts";
import { addressKey } from "../../server/addresses/network_address.ts";
import { AddressLimit } from "../../server/network/address_limit.ts";
import { Listener } from "../../server/network/listener.ts";
import type { Log } from "../../server/observability/log.ts";
import { KeyedBuckets } from "../../server/scheduling/keyed_buckets.ts";
import type { Rate } from "../../server/scheduling/token_bucket.ts";
import { RequestHeadReader } from "../../server/web/request_head.ts";
import { rawAnswer } from "../../server/web/web_answer.ts";

/** The bounds of a class. */
export interface ClassLimits {
  /** Maximum number of connections; each takes one request. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** Requests from one address. */
  readonly rate: Rate;
  /** Maximum time of a request and its answer, in milliseconds. */
  readonly exchangeTimeout: number;
}

/** Room for a class that works on one machine. */
const LIMITS: ClassLimits = {
  connections: 256,
  connectionsPerAddress: 64,
  rate: { perSecond: 50, burst: 200 },
  exchangeTimeout: 5000,
};

/** Connections that the kernel queues: a whole class may join at once. */
const BACKLOG = 256;

/** Time without a client after which it is checked whether the class still accepts, in milliseconds. */
const WATCH_MILLISECONDS = 2000;

/** Random bytes of the teacher's path and of the tokens of learners. */
const PATH_BYTES = 9;
const TOKEN_BYTES = 16;

const STYLE_HASH = createHash("sha256").update(PAGE_STYLE).digest("base64");

/** The pages have a style and no script. */
const HEADERS = {
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

export interface ClassServerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Titles of the lessons. */
  readonly titles: readonly string[];
  /** The address for learners, by the port. */
  readonly where: (port: number) => ClassContext["where"];
  /** Receives the faults of the listener. */
  readonly log: Log;
  readonly limits?: Partial<ClassLimits>;
}

/** A class that learners can join. */
export interface ClassServer {
  readonly port: number;
  /** The path of the teacher's page. */
  readonly teacherPath: string;
  stop(): void;
}

/**
 * Starts a class.
 *
 * @throws {Error} with the code of the system if it cannot listen.
 */
export async function startClassServer(options: ClassServerOptions): Promise<ClassServer> {
  const { host, log } = options;
  const teacherPath = `/class-${randomBytes(PATH_BYTES).toString("base64url")}`;
  const roll = new ClassRoll(
    () => performance.now(),
    () => randomBytes(TOKEN_BYTES).toString("hex"),
  );
  const limits = { ...LIMITS, ...options.limits };
  const perAddress = new AddressLimit(limits.connectionsPerAddress);
  const buckets = new KeyedBuckets(limits.rate, limits.connections);
  const open = new Set<Socket>();
  const listenerOptions = {
    ...{ host, port: options.port, backlog: BACKLOG, watchMilliseconds: WATCH_MILLISECONDS },
    maxConnections: limits.connections,
  };
  const listener = new Listener(listenerOptions, log, (socket) => {
    const address = addressKey(socket.remoteAddress ?? "");
    socket.on("error", () => {}); // `close` follows
    if (!perAddress.enter(address)) return void socket.destroy();
    open.add(socket);
    socket.on("close", () => {
      open.delete(socket);
      perAddress.leave(address);
    });
    // Half a request stays half.
    socket.on("end", () => socket.end());
    if (buckets.take(address, performance.now())) new Exchange(socket, address, context);
    else answer(socket, refusal(429, "Too many requests. Wait a moment."));
    closeInTime(socket, limits.exchangeTimeout);
  });
  const { port } = await listener.listen();
  const context: ClassContext = {
    roll,
    teacherPath,
    titles: options.titles,
    where: options.where(port),
  };
  return {
    ...{ port, teacherPath },
    stop() {
      listener.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function closeInTime(socket: Socket, milliseconds: number): void {
  const timer = setTimeout(() => socket.destroy(), milliseconds);
  socket.on("close", () => clearTimeout(timer));
}

/** One request and its answer. */
class Exchange {
  readonly #head = new RequestHeadReader();
  #request: Omit<Parameters<typeof answerOf>[0], "body"> | undefined;
  #body = Buffer.alloc(0);
  #length = 0;

  constructor(
    private readonly socket: Socket,
    private readonly address: string,
    private readonly context: ClassContext,
  ) {
    socket.on("data", this.#received);
  }

  readonly #received = (chunk: Buffer) => {
    if (this.#request !== undefined) return this.#addToBody(chunk);
    const head = this.#head.push(chunk);
    if (head === undefined) return;
    if (head === "invalid" || head === "too large") {
      return this.#answer(refusal(400, "Invalid request: expected HTTP/1.1."));
    }
    const [line = "", ...lines] = head.head.toString("latin1").split(/\r?\n/);
    const [method = "", path = ""] = line.split(" ");
    const headers = new Map(
      lines.filter((each) => each.includes(":")).map((each) => {
        const colon = each.indexOf(":");
        return [each.slice(0, colon).toLowerCase(), each.slice(colon + 1).trim()];
      }),
    );
    this.#request = { method, path, headers, address: this.address };
    const length = headers.get("content-length") ?? "0";
    if (!/^\d{1,9}$/.test(length) || headers.has("transfer-encoding")) {
      return this.#answer(refusal(400, "The request needs a Content-Length."));
    }
    this.#length = Number(length);
    if (this.#length > MAX_BODY_BYTES) {
      return this.#answer(refusal(413, `The body is over ${MAX_BODY_BYTES} bytes.`));
    }
    this.#addToBody(head.rest);
  };

  #addToBody(chunk: Buffer): void {
    this.#body = Buffer.concat([this.#body, chunk.subarray(0, this.#length - this.#body.length)]);
    if (this.#body.length < this.#length) return;
    this.#answer(answerOf({ ...this.#request!, body: this.#body.toString() }, this.context));
  }

  #answer(result: ClassAnswer): void {
    this.socket.off("data", this.#received);
    answer(this.socket, result);
  }
}

function answer(socket: Socket, result: ClassAnswer): void {
  // What else comes is read and dropped: unread input would make the kernel drop the answer.
  socket.resume();
  socket.end(rawAnswer({ ...result, headers: HEADERS }));
}
