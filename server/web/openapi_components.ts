/**
 * The components of `/openapi.json`: its schemas, parameters and ways to authenticate.
 *
 * @module
 */

import {
  MAX_STORED_NAME_BYTES,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
  type MessageFrame,
  type ServerFrame,
  type StoredFile,
} from "../../protocol/mod.ts";
import { DEFAULT_MESSAGES, MAX_MESSAGES } from "../chat/handlers/history.ts";

type SkippedFrame = Extract<ServerFrame, { type: "skipped" }>;

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export const schemaNamed = (name: keyof typeof SCHEMAS) => reference(name);
export const parametersNamed = (...names: (keyof typeof PARAMETERS)[]) =>
  names.map((name) => ({ $ref: `#/components/parameters/${name}` }));

const UNIX_MILLISECONDS = { type: "integer", description: "Unix milliseconds" };
const NUMBER = { type: "integer", minimum: 1, description: "Number of the message in its room" };

const SCHEMAS = {
  NewMessage: {
    type: "object",
    required: ["text"],
    properties: {
      text: {
        type: "string",
        minLength: 1,
        description: `At most ${MAX_TEXT_BYTES} bytes in UTF-8, and ${MAX_TEXT_LINES} lines`,
      },
      action: { type: "boolean", description: "Whether it is an action, as of /me" },
    },
  },
  SentMessage: {
    type: "object",
    required: ["room", "seq", "from", "time"],
    properties: {
      room: { type: "string" },
      seq: NUMBER,
      from: { type: "string" },
      time: UNIX_MILLISECONDS,
    },
  },
  Message: {
    type: "object",
    required: ["type", "seq", "room", "from", "text", "time"],
    properties: {
      type: { const: "message" },
      seq: NUMBER,
      room: { type: "string" },
      from: { type: "string" },
      text: { type: "string" },
      time: UNIX_MILLISECONDS,
      action: { const: true },
      notice: { const: true, description: "Programs do not answer it automatically" },
      file: reference("File"),
    } satisfies Record<keyof MessageFrame, object>,
  },
  Skipped: {
    type: "object",
    description: "Messages that the server does not have any more",
    required: ["type", "room", "count", "from", "to"],
    properties: {
      type: { const: "skipped" },
      room: { type: "string" },
      count: { type: "integer", minimum: 1 },
      from: NUMBER,
      to: NUMBER,
    } satisfies Record<keyof SkippedFrame, object>,
  },
  Messages: {
    type: "object",
    required: ["room", "messages", "more"],
    properties: {
      room: { type: "string" },
      messages: { type: "array", maxItems: MAX_MESSAGES, items: reference("Message") },
      more: { type: "boolean", description: "Whether there are further messages that way" },
    },
  },
  File: {
    type: "object",
    required: ["name", "size", "type", "hash", "url"],
    properties: {
      name: { type: "string" },
      size: { type: "integer", minimum: 0, description: "Bytes" },
      type: { type: "string", description: "Media type, by its first bytes" },
      hash: { type: "string", pattern: "^[0-9a-f]{64}$", description: "SHA-256" },
      url: { type: "string", format: "uri" },
    } satisfies Record<keyof StoredFile, object>,
  },
  PostedFile: {
    allOf: [reference("File"), {
      type: "object",
      required: ["room", "seq", "time"],
      properties: { room: { type: "string" }, seq: NUMBER, time: UNIX_MILLISECONDS },
    }],
  },
  SlackMessage: {
    type: "object",
    description: "text, blocks or attachments are needed",
    properties: {
      text: { type: "string" },
      blocks: { type: "array", items: { type: "object" } },
      attachments: { type: "array", items: { type: "object" } },
      username: { type: "string", description: "The sender" },
      channel: { type: "string", description: "Another room, which must exist, such as #tea" },
    },
  },
  Problem: {
    type: "object",
    description: "RFC 9457",
    required: ["title", "status", "code", "detail"],
    properties: {
      title: { type: "string" },
      status: { type: "integer" },
      code: { type: "string", description: "Stable, for programs" },
      detail: { type: "string", description: "A sentence for users" },
    },
  },
};

const PARAMETERS = {
  Room: { name: "room", in: "path", required: true, schema: { type: "string" } },
  Since: {
    name: "since",
    in: "query",
    description: "Only messages after this number, the oldest first",
    schema: { type: "integer", minimum: 0 },
  },
  LastEventId: {
    name: "Last-Event-ID",
    in: "header",
    description: "Instead of since",
    schema: { type: "integer", minimum: 0 },
  },
  Before: {
    name: "before",
    in: "query",
    description: "Only messages before this number",
    schema: { type: "integer", minimum: 0 },
  },
  Limit: {
    name: "limit",
    in: "query",
    schema: { type: "integer", minimum: 1, maximum: MAX_MESSAGES, default: DEFAULT_MESSAGES },
  },
  Hash: {
    name: "hash",
    in: "path",
    required: true,
    schema: { type: "string", pattern: "^[0-9a-f]{64}$" },
  },
  FileName: {
    name: "name",
    in: "path",
    required: true,
    description: `At most ${MAX_STORED_NAME_BYTES} bytes in UTF-8`,
    schema: { type: "string", minLength: 1 },
  },
};

const SECURITY_SCHEMES = {
  basic: {
    type: "http",
    scheme: "basic",
    description: "The name of the sender, with the password of a registered one",
  },
  bearer: {
    type: "http",
    scheme: "bearer",
    description: "A token of an account (hubbub token add), without any other",
  },
  session: {
    type: "apiKey",
    in: "header",
    name: "Session-Token",
    description: "The session of a connected member",
  },
  serverPassword: {
    type: "apiKey",
    in: "header",
    name: "Server-Password",
    description: "On a server with --password",
  },
  metricsToken: { type: "http", scheme: "bearer", description: "The token of --metrics-token" },
};

/** The components of the document. */
export const COMPONENTS = {
  schemas: SCHEMAS,
  parameters: PARAMETERS,
  securitySchemes: SECURITY_SCHEMES,
};
