/**
 * The codec for programs: one JSON object per frame.
 *
 * @module
 */

import * as v from "valibot";
import { byteLength, type ByteString, fromByteString, toByteString } from "./byte_string.ts";
import { CLIENT_FRAME_SHAPES, isChunkData } from "./client_shapes.ts";
import type { ParsedInput } from "./commands.ts";
import { protocolError } from "./errors.ts";
import type { ClientFrame, MessageFrame, ServerFrame } from "./frames.ts";
import { shallowJson } from "./json_values.ts";
import { MAX_FRAME_VALUES, MAX_ID_LENGTH } from "./limits.ts";
import { requestError, tooLongField } from "./request_errors.ts";
import { cleanText, isBlank, PLAIN, shorten } from "./text.ts";

/**
 * A message in the form of nearly all programs: no escapes, only ASCII, no other
 * fields than the room before the text, and the id. Its text can
 * be sliced out without a JSON parser and a schema: measured at eight times the speed of both.
 */
const PLAIN_MESSAGE =
  /^\{"type":"message",(?:"room":"([ !#-[\]-~]{1,128})",)?(?:"id":"([ !#-[\]-~]{1,64})",)?"text":"([ !#-[\]-~]*)"(?:,"id":"([ !#-[\]-~]{1,64})")?\}$/;

/** The start of a chunk of a file in the form of nearly all programs. */
const PLAIN_CHUNK = /^\{"type":"chunk","transfer":(\d{1,15}),"data":"/;

/** Parses one JSON object of a client. */
export function parseJsonFrame(json: ByteString): ParsedInput {
  const plain = PLAIN_MESSAGE.exec(json);
  if (plain !== null) {
    const [, room, idBefore, text = "", idAfter] = plain;
    const id = idAfter ?? idBefore;
    PLAIN.text.add(text);
    if (id !== undefined) PLAIN.id.add(id);
    if (room !== undefined) {
      return { frame: { type: "message", room, text, ...(id === undefined ? undefined : { id }) } };
    }
    return { frame: id === undefined ? { type: "message", text } : { type: "message", text, id } };
  }
  const [start, transfer] = PLAIN_CHUNK.exec(json) ?? [];
  if (start !== undefined && json.endsWith('"}')) {
    const data = json.slice(start.length, -2);
    if (isChunkData(data)) return { frame: { type: "chunk", transfer: Number(transfer), data } };
  }
  const decoded = fromByteString(json);
  if (decoded === undefined) return { error: requestError("invalid_utf8") };
  if (isBlank(decoded)) return undefined;
  const shallow = shallowJson(decoded, MAX_FRAME_VALUES);
  if (shallow === undefined) {
    const detail = `it may have at most ${MAX_FRAME_VALUES} values`;
    return { error: protocolError("invalid_frame", detail) };
  }
  let value: unknown;
  try {
    value = JSON.parse(shallow);
  } catch {
    return { error: protocolError("invalid_json") };
  }
  return parseFrame(value);
}

/** Length to which an unknown type is cut before it is cleaned and shown. */
const MAX_SHOWN_TYPE = 128;

/** Length to which the name of an invalid field is cut. */
const MAX_SHOWN_FIELD = 64;

function parseFrame(value: unknown): ParsedInput {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { error: protocolError("invalid_json") };
  }
  const { type, id: ref } = value as { type?: unknown; id?: unknown };
  const answered = typeof ref === "string" ? { ref: ref.slice(0, MAX_ID_LENGTH) } : {};
  if (typeof type !== "string") {
    return { error: protocolError("invalid_frame", "`type` must be a string"), ...answered };
  }
  if (!Object.hasOwn(CLIENT_FRAME_SHAPES, type)) {
    const shown = shorten(cleanText(type.slice(0, MAX_SHOWN_TYPE)), 32);
    return { error: protocolError("unknown_type", shown), ...answered };
  }
  const shape = CLIENT_FRAME_SHAPES[type as ClientFrame["type"]];
  // Without `abortEarly` a text over its maximum length would still be cleaned.
  const checked = v.safeParse(shape, value, { abortEarly: true });
  if (checked.success) return { frame: checked.output };
  const issue = checked.issues[0];
  const path = issue.path?.map((item) => String(item.key)).join(".") ?? type;
  // It may contain keys of the client.
  const field = shorten(cleanText(path.slice(0, MAX_SHOWN_TYPE)), MAX_SHOWN_FIELD);
  const tooLong = issue.type === "max_length" ? tooLongField(type, field) : undefined;
  const error = tooLong ?? protocolError("invalid_frame", `\`${field}\` ${faultOf(issue)}`);
  return { error, ...answered };
}

function faultOf(issue: v.BaseIssue<unknown>): string {
  if (issue.input === undefined) return "is missing";
  if (["check", "regex", "non_empty"].includes(issue.type)) return issue.message;
  if (issue.type === "max_length") return `may have at most ${issue.requirement} characters`;
  if (issue.type === "min_value") return `must be at least ${issue.requirement}`;
  if (issue.type === "max_value") return `must be at most ${issue.requirement}`;
  if (issue.type === "safe_integer" || issue.type === "integer") return "must be a whole number";
  return `must be a ${issue.expected ?? "different value"}`;
}

/**
 * Encodes a frame of a server as JSON in UTF-8.
 *
 * The frames of the hot path are concatenated, which takes half the time of `JSON.stringify`: one test
 * of a text shows that it needs neither escapes nor encoding.
 */
export function jsonOf(frame: ServerFrame): ByteString {
  switch (frame.type) {
    case "message":
      if (frame.action === true || frame.notice === true || frame.file !== undefined) break;
      return '{"type":"message","seq":' + frame.seq + beforeText(frame) + quotable(frame.text) +
        afterText(frame.time);
    case "chunk":
      // Base64 needs no escapes, and was validated when it was received.
      return '{"type":"chunk","transfer":' + frame.transfer + ',"data":"' + frame.data + '"}';
    case "ack":
      if (frame.seq === undefined || !PLAIN.id.has(frame.id)) break;
      return '{"type":"ack","id":"' + frame.id + '","room":' + roomJson(frame.room ?? "") +
        ',"seq":' + frame.seq + "}";
  }
  return toByteString(JSON.stringify(frame));
}

function quotable(text: string): ByteString {
  return PLAIN.text.has(text) ? text : toByteString(JSON.stringify(text)).slice(1, -1);
}

/**
 * The JSON before and after the text of the last message: the former is the same for all messages of one
 * user, the latter for a millisecond. Shared by all connections, since both depend only on their
 * arguments.
 */
let before = textPrefix("", "");
let after = textSuffix(0);

/** The JSON of the last acknowledged room. */
let lastRoom = { room: "", bytes: '""' };

function roomJson(room: string): ByteString {
  if (room !== lastRoom.room) lastRoom = { room, bytes: toByteString(JSON.stringify(room)) };
  return lastRoom.bytes;
}

function beforeText({ room, from }: MessageFrame): ByteString {
  if (room !== before.room || from !== before.from) before = textPrefix(room, from);
  return before.bytes;
}

function afterText(time: number): ByteString {
  if (time !== after.time) after = textSuffix(time);
  return after.bytes;
}

function textPrefix(room: string, from: string) {
  const names = `"room":${JSON.stringify(room)},"from":${JSON.stringify(from)}`;
  return { room, from, bytes: toByteString(`,${names},"text":"`) };
}

function textSuffix(time: number) {
  return { time, bytes: `","time":${time}}` };
}

/** Encodes a frame of a client as JSON text. */
export function jsonOfClientFrame(frame: ClientFrame): string {
  return JSON.stringify(frame);
}

/** Parses one JSON object of a server, for a client. Its fields are not validated. */
export function parseServerFrame(json: ByteString): ServerFrame | undefined {
  const decoded = fromByteString(json);
  if (decoded === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(decoded);
    const isFrame = typeof value === "object" && value !== null && "type" in value &&
      typeof value.type === "string";
    return isFrame ? value as ServerFrame : undefined;
  } catch {
    return undefined;
  }
}

/** True when the text of a message or whisper is over the limit. */
export function isTooLong(text: string, limit: number): boolean {
  // A UTF-16 unit is at most three bytes: most texts need no count.
  return text.length * 3 > limit && byteLength(text) > limit;
}
