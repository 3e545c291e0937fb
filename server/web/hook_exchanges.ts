import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { isSameName, type ProtocolError } from "../../protocol/mod.ts";
import { addressKey } from "../addresses/network_address.ts";
import type { Member } from "../chat/member.ts";
import type { ScriptAccess } from "../chat/script_access.ts";
import type { TransportContext } from "../network/transport.ts";
import type { Log } from "../observability/log.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import { isSameSecret } from "../secrets.ts";
import { KeyedBuckets } from "../scheduling/keyed_buckets.ts";
import { ADDRESS_GUESSES } from "../scheduling/token_bucket.ts";
import { StorageError } from "../storage/storage_error.ts";
import type { HttpExchange } from "./http_exchange.ts";
import { isOriginAllowed } from "./origin.ts";
import { RequestBody, textOf } from "./request_body.ts";
import type { PassedRequest } from "./request_gate.ts";
import { pathOf } from "./routes.ts";
import { readSlackPayload, type SlackFault } from "./slack_payload.ts";
import type { WebAnswer } from "./web_answer.ts";

/** `/hooks/TOKEN`. */
const HOOK_PATH = /^\/hooks\/([^/]*)$/;

/** Maximum size of a payload in bytes; a payload with all that Slack shows has some 60 KB. */
const MAX_PAYLOAD_BYTES = 128 * 1024;

/** The words of refusals: Slack's, and two for what Slack leaves to its HTTP server. */
type Refusal =
  | SlackFault
  | "action_prohibited"
  | "channel_not_found"
  | "invalid_token"
  | "length_needed"
  | "method_not_allowed"
  | "no_service"
  | "payload_too_large"
  | "rate_limited"
  | "rollup_error";

/** Status of each refusal; others have 400. */
const STATUS: Partial<Record<Refusal, number>> = {
  action_prohibited: 403,
  channel_not_found: 404,
  invalid_token: 403,
  length_needed: 411,
  method_not_allowed: 405,
  no_service: 404,
  payload_too_large: 413,
  rate_limited: 429,
  rollup_error: 500,
};

/** Refusals of the chat; others are `action_prohibited`. */
const REFUSALS: Partial<Record<ProtocolError["code"], Refusal>> = {
  no_such_room: "channel_not_found",
  room_invalid: "channel_not_found",
  text_empty: "no_text",
  too_many_new_rooms: "rate_limited",
  too_many_requests: "rate_limited",
};

/** A webhook: programs with its token send messages to its room. */
export interface Hook {
  readonly room: string;
  readonly token: string;
}

export interface HookExchangeOptions {
  /** May change at any time. */
  readonly hooks: readonly Hook[];
  readonly allowedOrigins: readonly string[];
  readonly requestMilliseconds: number;
}

/** What webhooks need of their server. */
export interface HookServer {
  readonly log: Pick<Log, "audit">;
  /** Milliseconds that never go back. */
  monotonic(): number;
  /** Whether a webhook was sent by this server. @param id in its header `Webhook-Id`. */
  isOwn(id: string): boolean;
}

/** Programs that send to Slack's incoming webhooks: `POST /hooks/TOKEN` sends a message to a room. */
export class HookExchanges {
  readonly #guesses = new KeyedBuckets(ADDRESS_GUESSES);

  constructor(
    private readonly scripts: ScriptAccess,
    private readonly options: HookExchangeOptions,
    private readonly context: TransportContext,
    private readonly server: HookServer,
  ) {}

  /**
   * Answers a request to a webhook. The body is read after the token was checked.
   *
   * @returns whether it was one.
   */
  take(
    request: IncomingMessage,
    { host, peer }: PassedRequest,
    exchange: HttpExchange,
  ): boolean {
    const [, token] = HOOK_PATH.exec(pathOf(request.url ?? "") ?? "") ?? [];
    if (token === undefined) return false;
    const refuse = (refusal: Refusal, seconds?: number) => {
      exchange.decline({ reason: "http", answer: refusalOf(refusal, seconds) });
      return true;
    };
    const { method, headers } = request;
    const { hooks, allowedOrigins, requestMilliseconds } = this.options;
    if (!isOriginAllowed(headers.origin, host, allowedOrigins)) return refuse("action_prohibited");
    if (method !== "POST") return refuse("method_not_allowed");
    if (this.server.isOwn(String(headers["webhook-id"]))) return refuse("action_prohibited");
    if (hooks.length === 0) return refuse("no_service");
    const { value: hook, error } = this.#find(token, peer.address);
    if (error !== undefined) return refuse(...error);
    new RequestBody(exchange, this.context, MAX_PAYLOAD_BYTES, requestMilliseconds, {
      onComplete: (body) => {
        const answer = this.#answer(hook, body, headers["content-type"] ?? "", peer.address);
        if (answer.status === 200) exchange.end(answer);
        else exchange.decline({ reason: "http", answer });
      },
      onTooLarge: () => void refuse("payload_too_large"),
      onMissing: () => void refuse("length_needed"),
    }).start();
    return true;
  }

  /**
   * The webhook of a token. A guess is counted before the check, and one over the limit is refused
   * unchecked. The comparison takes the same time for each token.
   */
  #find(
    token: string,
    address: string,
  ): { value: Hook; error?: undefined } | { error: [Refusal, number?]; value?: undefined } {
    const key = addressKey(address);
    const seconds = this.#guesses.takeOrWait(key, this.server.monotonic());
    if (seconds > 0) return { error: ["rate_limited", seconds] };
    const [hook] = this.options.hooks.filter((each) => isSameSecret(token, each.token));
    if (hook === undefined) {
      this.server.log.audit("wrong token", { address });
      return { error: ["invalid_token"] };
    }
    this.#guesses.refundToken(key);
    return { value: hook };
  }

  #answer(hook: Hook, body: Buffer, type: string, address: string): WebAnswer {
    try {
      return this.#post(hook, body, type, address);
    } catch (error) {
      if (!(error instanceof StorageError)) reportInternalError(this.context, error, address);
      return refusalOf("rollup_error");
    }
  }

  #post(hook: Hook, body: Buffer, type: string, address: string): WebAnswer {
    const payload = textOf(body);
    if (payload === undefined) return refusalOf("invalid_payload");
    const { value: message, fault } = readSlackPayload(payload, type);
    if (fault !== undefined) return refusalOf(fault);
    const { username, channel, text } = message;
    const { value: member, error } = this.scripts.authorizeHook(username, address);
    if (error !== undefined) return refusalOfChat(error);
    return this.#send(member, hook, channel, text);
  }

  /** Sends to the room of the webhook, which is created, or to another one, which must exist. */
  #send(member: Member, hook: Hook, channel: string | undefined, text: string): WebAnswer {
    const asked = channel?.replace(/^#/, "") ?? hook.room;
    const isOther = !isSameName(asked, hook.room);
    const missing = isOther ? this.scripts.findRoom(asked).error : undefined;
    const room = isOther ? asked : hook.room;
    const error = missing ?? this.scripts.post(member, { room, text, action: false }).error;
    return error === undefined ? answerOf(200, "ok") : refusalOfChat(error);
  }
}

function refusalOfChat({ code, seconds }: ProtocolError): WebAnswer {
  return refusalOf(REFUSALS[code] ?? "action_prohibited", seconds);
}

function refusalOf(refusal: Refusal, seconds?: number): WebAnswer {
  return answerOf(STATUS[refusal] ?? 400, refusal, {
    ...(refusal === "method_not_allowed" ? { "Allow": "POST" } : {}),
    ...(seconds === undefined ? {} : { "Retry-After": String(seconds) }),
  });
}

/** Slack's answers have no line end. */
function answerOf(status: number, body: string, headers: Record<string, string> = {}): WebAnswer {
  return { status, type: "text/plain; charset=utf-8", body, headers };
}
