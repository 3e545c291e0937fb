/**
 * `/openapi.json`: the HTTP interface for programs that make clients of such a document.
 *
 * A test compares it with the answers of a server.
 *
 * @module
 */

import { type ErrorCode, PROTOCOL_VERSION } from "../../protocol/mod.ts";
import { COMPONENTS, parametersNamed, schemaNamed } from "./openapi_components.ts";
import { statusOf } from "./problem_answer.ts";
import type { WebAnswer } from "./web_answer.ts";

type Json = Readonly<Record<string, unknown>>;

const content = (type: string, schema: Json) => ({ [type]: { schema } });

const TEXT = content("text/plain", { type: "string" });

const RETRY_AFTER = {
  headers: { "Retry-After": { description: "Seconds", schema: { type: "integer" } } },
};

const PROBLEM = content("application/problem+json", schemaNamed("Problem"));

/** The answers with errors of the chat, by their status. */
function problems(...codes: ErrorCode[]): Record<string, Json> {
  const byStatus = Object.groupBy(codes, (code) => String(statusOf(code)));
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes]) => [status, {
      description: `Refused, with a code such as ${codes!.join(", ")}`,
      ...(status === "429" ? RETRY_AFTER : {}),
      content: PROBLEM,
    }]),
  );
}

/** A refusal of a webhook, with the words that it may have. */
const refusal = (...words: string[]) => ({
  description: "Refused, with a word of Slack",
  content: content("text/plain", { enum: words }),
});

/** Errors of all requests, such as 408, 421, 500 and 503. */
const OTHER_ERRORS = {
  default: { description: "Any other error", content: { ...PROBLEM, ...TEXT } },
};

/** The codes of reading and sending. */
const COMMON_CODES = [
  "banned",
  "invalid_token",
  "origin_refused",
  "password_needed",
  "room_invalid",
  "server_password_wrong",
  "too_many_attempts",
  "too_many_requests",
  "wrong_password",
] as const;

const SENDER_CODES = [
  ...COMMON_CODES,
  "muted",
  "name_invalid",
  "name_looks_like",
  "name_reserved",
  "name_taken",
  "too_many_new_rooms",
] as const;

const READER_ERRORS = {
  ...problems(...COMMON_CODES, "invalid_frame", "no_such_room"),
  ...OTHER_ERRORS,
};

const READ_MESSAGES = {
  parameters: parametersNamed("Room", "Since", "Before", "Limit"),
  responses: {
    "200": {
      description: "The messages, oldest first",
      headers: { ETag: { schema: { type: "string" } } },
      content: { ...content("application/json", schemaNamed("Messages")), ...TEXT },
    },
    "304": { description: "Unchanged since the ETag of If-None-Match" },
    ...READER_ERRORS,
  },
};

const LINES = { type: "string", description: "Each of the type Message, or Skipped" };

const FOLLOW = {
  parameters: parametersNamed("Room", "Since", "LastEventId"),
  responses: {
    "200": {
      description: "Server-Sent Events or lines of JSON, without an end",
      content: {
        ...content("text/event-stream", LINES),
        ...content("application/x-ndjson", LINES),
      },
    },
    ...READER_ERRORS,
  },
};

const READ_FILE = {
  security: [],
  parameters: parametersNamed("Hash", "FileName"),
  responses: {
    "200": { description: "The content", content: { "*/*": {} } },
    "206": { description: "The bytes of Range", content: { "*/*": {} } },
    "304": { description: "Unchanged since the ETag of If-None-Match" },
    "404": { description: "No such file", content: TEXT },
    "410": { description: "No longer stored", content: TEXT },
    "416": { description: "The file does not have the bytes of Range", content: TEXT },
    ...OTHER_ERRORS,
  },
};

const SENDER_SECURITY = [
  {},
  { basic: [] },
  { bearer: [] },
  { serverPassword: [] },
  { basic: [], serverPassword: [] },
];

const PATHS = {
  "/rooms/{room}": {
    post: {
      operationId: "sendMessage",
      summary: "Send a message to a room, which is created if needed",
      parameters: parametersNamed("Room"),
      requestBody: {
        required: true,
        content: {
          ...content("text/plain", { type: "string" }),
          ...content("application/json", schemaNamed("NewMessage")),
        },
      },
      responses: {
        "201": {
          description: "Sent",
          content: content("application/json", schemaNamed("SentMessage")),
        },
        ...problems(
          ...SENDER_CODES,
          "invalid_frame",
          "invalid_utf8",
          "length_needed",
          "text_empty",
          "text_too_long",
          "too_many_lines",
        ),
        ...OTHER_ERRORS,
      },
    },
  },
  "/rooms/{room}/messages": {
    get: { operationId: "readMessages", summary: "Read messages of a room", ...READ_MESSAGES },
    head: {
      operationId: "checkMessages",
      summary: "The headers of readMessages",
      ...READ_MESSAGES,
    },
  },
  "/rooms/{room}/events": {
    get: {
      operationId: "followMessages",
      summary: "Messages of a room while they are sent, first those after a number",
      ...FOLLOW,
    },
    head: { operationId: "checkEvents", summary: "The headers of followMessages", ...FOLLOW },
  },
  "/rooms/{room}/files/{name}": {
    put: {
      operationId: "postFile",
      summary: "Post a file in a room (--store-files)",
      security: [...SENDER_SECURITY, { session: [] }],
      parameters: parametersNamed("Room", "FileName"),
      requestBody: { required: true, content: { "*/*": {} } },
      responses: {
        "201": {
          description: "Stored, and sent as a message",
          headers: { Location: { description: "Its address", schema: { type: "string" } } },
          content: content("application/json", schemaNamed("PostedFile")),
        },
        ...problems(
          ...SENDER_CODES,
          "file_hash_wrong",
          "file_incomplete",
          "file_length_needed",
          "file_name_invalid",
          "file_too_large",
          "nameless",
          "no_session",
          "no_stored_files",
          "not_in_room",
          "too_many_uploads",
        ),
        ...OTHER_ERRORS,
      },
    },
  },
  "/files/{hash}/{name}": {
    get: { operationId: "readFile", summary: "Read a stored file", ...READ_FILE },
    head: { operationId: "checkFile", summary: "The headers of readFile", ...READ_FILE },
  },
  "/hooks/{token}": {
    post: {
      operationId: "sendToWebhook",
      summary: "Send a message as to an incoming webhook of Slack (--hook)",
      security: [],
      parameters: [{ name: "token", in: "path", required: true, schema: { type: "string" } }],
      requestBody: {
        required: true,
        content: {
          ...content("application/json", schemaNamed("SlackMessage")),
          ...content("application/x-www-form-urlencoded", {
            type: "object",
            required: ["payload"],
            properties: { payload: { type: "string", contentMediaType: "application/json" } },
          }),
        },
      },
      responses: {
        "200": { description: "Sent", content: content("text/plain", { const: "ok" }) },
        "400": refusal(
          "invalid_payload",
          "no_text",
          "invalid_blocks",
          "invalid_attachments",
          "too_many_attachments",
        ),
        "403": refusal("invalid_token", "action_prohibited"),
        "404": refusal("channel_not_found", "no_service"),
        "411": refusal("length_needed"),
        "413": refusal("payload_too_large"),
        "429": { ...refusal("rate_limited"), ...RETRY_AFTER },
        "500": refusal("rollup_error"),
        ...OTHER_ERRORS,
      },
    },
  },
  "/healthz": {
    get: {
      operationId: "checkHealth",
      summary: "Whether the server answers",
      security: [],
      responses: { "200": { description: "ok", content: TEXT }, ...OTHER_ERRORS },
    },
  },
  "/metrics": {
    get: {
      operationId: "readMetrics",
      summary: "Metrics for Prometheus, unless they have another port (--metrics-listen)",
      security: [{}, { metricsToken: [] }],
      responses: {
        "200": { description: "The text format 0.0.4", content: TEXT },
        "401": { description: "Without the token of --metrics-token", content: TEXT },
        ...OTHER_ERRORS,
      },
    },
  },
};

/** The parts of the interface that a server may not have. */
export interface HttpFeatures {
  readonly files: boolean;
  readonly hooks: boolean;
  readonly metrics: boolean;
}

const FEATURE_OF: Readonly<Record<string, keyof HttpFeatures>> = {
  "/rooms/{room}/files/{name}": "files",
  "/files/{hash}/{name}": "files",
  "/hooks/{token}": "hooks",
  "/metrics": "metrics",
};

/** The document, in OpenAPI 3.1. Its server is relative: it works below the path of a proxy, too. */
const DOCUMENT = {
  openapi: "3.1.1",
  info: {
    title: "hubbub",
    version: String(PROTOCOL_VERSION),
    description: "The chat over HTTP, for scripts.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "." }],
  security: SENDER_SECURITY,
  components: COMPONENTS,
};

/** The answer of `/openapi.json`, without the paths of absent features. */
export function openapiAnswer(features: HttpFeatures): WebAnswer {
  const present = Object.entries(PATHS).filter(([path]) => features[FEATURE_OF[path]!] ?? true);
  const paths = Object.fromEntries(present);
  const body = `${JSON.stringify({ ...DOCUMENT, paths })}\n`;
  return { status: 200, type: "application/json", body };
}
