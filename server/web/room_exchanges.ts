import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import {
  MAX_FRAME_BYTES,
  type MessageFrame,
  type ProtocolError,
  protocolError,
  textLines,
  Timestamps,
} from "../../protocol/mod.ts";
import { wantedMessages } from "../chat/handlers/history.ts";
import type { Member } from "../chat/member.ts";
import type { ScriptAccess } from "../chat/script_access.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import type { TransportContext } from "../network/transport.ts";
import type { Result } from "../result.ts";
import { StorageError } from "../storage/storage_error.ts";
import { entityTagOf, isKnown } from "./entity_tag.ts";
import type { EventExchanges } from "./event_exchanges.ts";
import type { HttpExchange } from "./http_exchange.ts";
import { isOriginAllowed } from "./origin.ts";
import { problemAnswer } from "./problem_answer.ts";
import type { PassedRequest } from "./request_gate.ts";
import { decodedPart, pathOf } from "./routes.ts";
import { RequestBody, textOf } from "./request_body.ts";
import {
  credentialsOf,
  type ScriptRequest,
  undecodable,
  UNKNOWN_AUTHORIZATION,
} from "./script_request.ts";
import { json, type WebAnswer } from "./web_answer.ts";

/** The paths of a room: `/rooms/ROOM`, `/rooms/ROOM/messages` and `/rooms/ROOM/events`. */
const ROOM_PATH = /^\/rooms\/([^/?]+)(\/messages|\/events)?$/;

const READING = "Read at /rooms/ROOM/messages, follow at /rooms/ROOM/events.";

export interface RoomExchangeOptions {
  readonly allowedOrigins: readonly string[];
  readonly requestMilliseconds: number;
}

/**
 * The chat over HTTP for scripts: `POST /rooms/ROOM` sends a message, `GET /rooms/ROOM/messages` reads,
 * and `GET /rooms/ROOM/events` follows.
 *
 * Pages of other origins can do none of this: each request with a foreign `Origin` is refused, as a browser
 * sends it with every form and every fetch that changes something; and without CORS headers no page can
 * read an answer.
 */
export class RoomExchanges {
  constructor(
    private readonly scripts: ScriptAccess,
    private readonly events: EventExchanges,
    private readonly options: RoomExchangeOptions,
    private readonly context: TransportContext,
  ) {}

  /**
   * Answers a request about a room.
   *
   * @returns whether it was one.
   */
  take(
    request: IncomingMessage,
    { host, peer }: PassedRequest,
    exchange: HttpExchange,
  ): boolean {
    const { url = "" } = request;
    const [, encodedRoom, part] = ROOM_PATH.exec(pathOf(url) ?? "") ?? [];
    if (encodedRoom === undefined) return false;
    const { headers: { origin, ...given }, method = "" } = request;
    const headers = this.#corsOf(origin);
    const refuse = (error: ProtocolError) => this.#refuse(exchange, error, headers);
    if (!isOriginAllowed(origin, host, this.options.allowedOrigins)) {
      refuse(protocolError("origin_refused"));
      return true;
    }
    const methods = part === undefined ? ["POST"] : ["GET", "HEAD"];
    const possible = part === undefined ? "POST is" : "GET and HEAD are";
    if (method === "OPTIONS") {
      exchange.end({
        status: 204,
        type: "text/plain",
        body: "",
        headers: preflight(headers, methods),
      });
      return true;
    }
    if (!methods.includes(method)) {
      const remedy = method === "GET" ? READING : "";
      const error = protocolError("method_not_allowed", possible, remedy);
      this.#refuse(exchange, error, { ...headers, "Allow": methods.join(", ") });
      return true;
    }
    const room = decodedPart(encodedRoom);
    const credentials = credentialsOf(given, peer.address, part === undefined);
    if (room === undefined) {
      refuse(undecodable("room_invalid"));
      return true;
    }
    if (credentials === undefined) {
      refuse(UNKNOWN_AUTHORIZATION);
      return true;
    }
    const asked = {
      request,
      exchange,
      room,
      credentials,
      headers,
      query: new URLSearchParams(url.split("?", 2)[1]),
    };
    if (part === undefined) this.#receive(asked);
    else if (part === "/events") this.#follow(asked);
    else this.#answer(asked, (member) => this.#messages(asked, member));
    return true;
  }

  /** Reads the body of a message, and sends it. */
  #receive(asked: ScriptRequest): void {
    const { exchange, headers, request } = asked;
    const refuse = (error: ProtocolError) => this.#refuse(exchange, error, headers);
    if (request.headers["webhook-id"] !== undefined) {
      // Otherwise two servers that send to each other's rooms would repeat each message for ever.
      return refuse(protocolError("invalid_frame", "webhooks are sent to /hooks/TOKEN"));
    }
    if (/^multipart\//i.test(request.headers["content-type"] ?? "")) {
      return refuse(
        protocolError("invalid_frame", "a form is no message. Send text, with curl -d"),
      );
    }
    const { context, options: { requestMilliseconds } } = this;
    new RequestBody(exchange, context, MAX_FRAME_BYTES, requestMilliseconds, {
      onComplete: (body) => this.#answer(asked, (member) => this.#post(asked, member, body)),
      onTooLarge: () => refuse(protocolError("text_too_long")),
      onMissing: () => refuse(protocolError("length_needed")),
    }).start();
  }

  /** Answers a request of an authorized script, unless the work has started another answer. */
  #answer(
    { credentials, exchange, headers }: ScriptRequest,
    work: (member: Member) => WebAnswer | undefined | Promise<WebAnswer>,
  ): void {
    const answer = async () => {
      try {
        const { value: member, error } = await this.scripts.authorize(credentials);
        if (error !== undefined) return this.#refuse(exchange, error, headers);
        const answer = await work(member);
        if (answer !== undefined) exchange.end(answer);
      } catch (error) {
        if (!(error instanceof StorageError)) {
          reportInternalError(this.context, error, exchange.peer.address);
        }
        const code = error instanceof StorageError ? "storage_failed" : "internal_error";
        this.#refuse(exchange, protocolError(code), headers);
      }
    };
    void answer();
  }

  #post({ room, headers, request }: ScriptRequest, member: Member, body: Buffer): WebAnswer {
    const { value: given, error: fault } = messageOf(body, request.headers["content-type"]);
    if (fault !== undefined) return problemAnswer(fault, headers);
    const { value: message, error } = this.scripts.post(member, { room, ...given });
    if (error !== undefined) return problemAnswer(error, headers);
    const { room: name, seq, from, time } = message;
    return json(201, { room: name, seq, from, time }, headers);
  }

  #follow(asked: ScriptRequest): void {
    const credentials = { ...asked.credentials, weight: this.scripts.weightOfStream(asked.room) };
    this.#answer({ ...asked, credentials }, (member) => {
      const { value: answer, error } = this.events.follow(asked, member);
      return error === undefined ? answer : problemAnswer(error, asked.headers);
    });
  }

  async #messages(
    { room, query, headers, request }: ScriptRequest,
    member: Member,
  ): Promise<WebAnswer> {
    const { value: range, error: fault } = rangeOf(query);
    if (fault !== undefined) return problemAnswer(fault, headers);
    const { limit, before, since } = range;
    const wanted = { before, since, wanted: wantedMessages(limit) };
    const { value: page, error } = await this.scripts.read(member, room, wanted);
    if (error !== undefined) return problemAnswer(error, headers);
    const isText = prefersText(request.headers.accept);
    const answer = isText ? linesOf(page.messages) : json(200, page);
    const tag = entityTagOf(answer.body);
    const all = {
      ...headers,
      "Vary": "Accept, Authorization, Origin",
      "Cache-Control": "no-cache",
      "ETag": tag,
    };
    if (!isKnown(request.headers["if-none-match"], tag)) return { ...answer, headers: all };
    const length = { "Content-Length": String(Buffer.byteLength(answer.body)) };
    return { ...answer, status: 304, body: "", headers: { ...all, ...length } };
  }

  #refuse(
    exchange: HttpExchange,
    error: ProtocolError,
    headers: Readonly<Record<string, string>>,
  ): void {
    exchange.decline({ reason: "http", answer: problemAnswer(error, headers) });
  }

  /** The headers that let a page of an allowed origin read the answer. */
  #corsOf(origin: string | undefined): Record<string, string> {
    if (origin === undefined || !this.options.allowedOrigins.includes(origin)) return {};
    return { "Access-Control-Allow-Origin": origin, "Vary": "Origin" };
  }
}

function preflight(
  headers: Readonly<Record<string, string>>,
  methods: readonly string[],
): Record<string, string> {
  const allow = methods.join(", ");
  if (headers["Access-Control-Allow-Origin"] === undefined) return { "Allow": allow };
  return {
    ...headers,
    "Allow": allow,
    "Access-Control-Allow-Methods": allow,
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID, Server-Password",
    "Access-Control-Max-Age": "600",
  };
}

/** The message in a body: JSON with `text` and `action`, or of any other type the text itself. */
function messageOf(body: Buffer, type = ""): Result<{ text: string; action: boolean }> {
  const text = textOf(body);
  if (text === undefined) return { error: protocolError("invalid_utf8") };
  if (!/^application\/json\b/i.test(type)) {
    return { value: { text: text.replace(/\r?\n$/, ""), action: false } };
  }
  try {
    const value = JSON.parse(text) as { text?: unknown; action?: unknown } | null;
    if (typeof value?.text !== "string") {
      return { error: protocolError("invalid_frame", "`text` must be a string") };
    }
    return { value: { text: value.text, action: value.action === true } };
  } catch {
    return { error: protocolError("invalid_json") };
  }
}

type Range = Partial<Record<"limit" | "before" | "since", number>>;

function rangeOf(query: URLSearchParams): Result<Range> {
  const range: Range = {};
  for (const name of ["limit", "before", "since"] as const) {
    const text = query.get(name);
    if (text === null) continue;
    if (!/^\d{1,15}$/.test(text)) {
      return { error: protocolError("invalid_frame", `\`${name}\` must be a whole number`) };
    }
    range[name] = Number(text);
  }
  return { value: range };
}

/** Whether a client asks for plain text rather than JSON. */
function prefersText(accept = ""): boolean {
  const isText = /\btext\/(plain|\*)/i.test(accept);
  return isText && !/\bapplication\/(json|\*)/i.test(accept);
}

/** The messages as lines, with dates and times in UTC. */
function linesOf(messages: readonly MessageFrame[]): WebAnswer {
  const stamps = new Timestamps("iso");
  const body = messages.map((message) => textLines(message, stamps, message.time, "")).join("");
  return { status: 200, type: "text/plain; charset=utf-8", body };
}
