/**
 * Schemas of the frames that a client may send. The maximum length of a text is checked before anything
 * else.
 *
 * @module
 */

import * as v from "valibot";
import { isBase64 } from "./byte_string.ts";
import type { ClientFrame, ClientFrameType } from "./frames.ts";
import {
  MAX_CHUNK_BYTES,
  MAX_FIELD_LENGTHS,
  MAX_FILE_NAME_LENGTH,
  MAX_ID_LENGTH,
} from "./limits.ts";
import { cleanLine, cleanText, isBlank } from "./text.ts";

const id = v.exactOptional(v.pipe(v.string(), v.maxLength(MAX_ID_LENGTH)));

/** The schema of a text field with its maximum length. */
const field = (name: keyof typeof MAX_FIELD_LENGTHS) =>
  v.pipe(v.string(), v.maxLength(MAX_FIELD_LENGTHS[name]));

const text = v.pipe(field("text"), v.transform(cleanText));
const line = v.pipe(field("text"), v.transform(cleanLine));
const reason = v.pipe(field("reason"), v.transform(cleanLine));
/** A room of the user. */
const room = v.exactOptional(field("room"));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Numbers by the names of rooms. `v.record` would drop `constructor`, `prototype` and `__proto__`. */
const numbersOfRooms = v.pipe(
  v.unknown(),
  v.check(
    (input) => typeof input === "object" && input !== null && !Array.isArray(input),
    "must be an object",
  ),
  v.transform((input) => new Map(Object.entries(input as object))),
  v.map(field("room"), count),
  v.transform((numbers) => Object.fromEntries(numbers)),
);

const fileName = v.pipe(
  v.string(),
  v.maxLength(MAX_FILE_NAME_LENGTH),
  v.transform(cleanLine),
  v.check((name) => !isBlank(name), "must not be blank"),
);

/** Characters of base64 for {@link MAX_CHUNK_BYTES}. */
const MAX_CHUNK_LENGTH = MAX_CHUNK_BYTES / 3 * 4;

/** A chunk of a file. It is validated once, here, and then relayed unchanged. */
const data = v.pipe(
  v.string(),
  v.maxLength(MAX_CHUNK_LENGTH),
  v.nonEmpty("must not be empty"),
  v.check(isBase64, "must be base64"),
);

export function isChunkData(text: string): boolean {
  return text !== "" && text.length <= MAX_CHUNK_LENGTH && isBase64(text);
}

const sha256 = v.pipe(
  v.string(),
  v.maxLength(64),
  v.regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"),
);

/** The schema of a frame: its type, its fields, and the optional `id` of all frames. */
function shape<Type extends ClientFrameType, Fields extends v.ObjectEntries>(
  type: Type,
  fields: Fields,
) {
  return v.object({ type: v.literal(type), id, ...fields });
}

/** The schema of each frame of a client. Unknown fields are ignored, so that newer clients can use older
 * servers. */
export const CLIENT_FRAME_SHAPES = {
  hello: shape("hello", {
    name: v.exactOptional(field("name")),
    listen: v.exactOptional(v.boolean()),
    rooms: v.exactOptional(v.array(field("room"))),
    password: v.exactOptional(field("password")),
    serverPassword: v.exactOptional(field("serverPassword")),
    resume: v.exactOptional(v.object({
      session: field("session"),
      rooms: numbersOfRooms,
      whisper: v.exactOptional(count),
    })),
  }),
  message: shape("message", {
    room,
    text,
    action: v.exactOptional(v.boolean()),
    notice: v.exactOptional(v.boolean()),
  }),
  whisper: shape("whisper", { to: field("to"), text, notice: v.exactOptional(v.boolean()) }),
  reply: shape("reply", { text }),
  nick: shape("nick", { name: field("name"), password: v.exactOptional(field("password")) }),
  join: shape("join", { room: field("room") }),
  leave: shape("leave", { room }),
  topic: shape("topic", { room, text: v.exactOptional(line) }),
  away: shape("away", { text: v.exactOptional(line) }),
  back: shape("back", {}),
  ignore: shape("ignore", { name: field("name") }),
  unignore: shape("unignore", { name: field("name") }),
  offer: shape("offer", { to: field("to"), name: fileName, size: count }),
  withdraw: shape("withdraw", { file: count }),
  accept: shape("accept", { file: count }),
  refuse: shape("refuse", { file: count }),
  chunk: shape("chunk", { transfer: count, data }),
  received: shape("received", { transfer: count, bytes: count }),
  finish: shape("finish", { transfer: count, sha256 }),
  complete: shape("complete", { transfer: count }),
  cancel: shape("cancel", { transfer: count, reason: v.exactOptional(reason) }),
  users: shape("users", { room }),
  rooms: shape("rooms", {}),
  history: shape("history", {
    room,
    limit: v.exactOptional(count),
    before: v.exactOptional(count),
    since: v.exactOptional(count),
  }),
  search: shape("search", {
    room,
    words: v.pipe(field("words"), v.transform(cleanLine)),
    limit: v.exactOptional(count),
    before: v.exactOptional(count),
  }),
  register: shape("register", { password: field("password") }),
  unregister: shape("unregister", { name: v.exactOptional(field("name")) }),
  kick: shape("kick", {
    name: field("name"),
    reason: v.exactOptional(reason),
    force: v.exactOptional(v.boolean()),
  }),
  ban: shape("ban", {
    target: field("target"),
    duration: v.exactOptional(field("duration")),
    reason: v.exactOptional(reason),
    force: v.exactOptional(v.boolean()),
  }),
  bans: shape("bans", {}),
  unban: shape("unban", { target: field("target") }),
  mute: shape("mute", { name: field("name"), duration: v.exactOptional(field("duration")) }),
  unmute: shape("unmute", { name: field("name") }),
  delete_room: shape("delete_room", { room: field("room") }),
  help: shape("help", {}),
  ping: shape("ping", { t: v.pipe(v.number(), v.finite()) }),
  pong: shape("pong", { t: v.pipe(v.number(), v.finite()) }),
  quit: shape("quit", { reason: v.exactOptional(reason) }),
} satisfies { [Type in ClientFrame["type"]]: v.GenericSchema<unknown, ClientFrame> };
