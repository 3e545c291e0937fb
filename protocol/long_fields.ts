import { type ProtocolError, protocolError } from "./errors.ts";
import type { ClientFrame } from "./frames.ts";
import { MAX_AWAY_BYTES, MAX_FIELD_LENGTHS, MAX_TOPIC_BYTES } from "./limits.ts";

/**
 * The error for a field that is over its length, where it has one of its own: it is the same that a
 * shorter one gets which is too long as well.
 *
 * @param field its path in the frame, such as `resume.room`.
 */
export function tooLongField(type: string, field: string): ProtocolError | undefined {
  switch (`${type}.${field}`) {
    case "hello.name":
    case "nick.name":
      return protocolError("name_invalid", "too long");
    case "hello.room":
    case "join.room":
      return protocolError("room_invalid", "too long");
    case "register.password":
      return protocolError("password_unusable");
    case "topic.text":
      return protocolError("text_too_long", MAX_TOPIC_BYTES);
    case "away.text":
      return protocolError("text_too_long", MAX_AWAY_BYTES);
  }
  return field === "text" ? protocolError("text_too_long") : undefined;
}

/** The first field of a frame that is over its length, for frames that come from no JSON. */
export function findLongField(frame: ClientFrame): string | undefined {
  for (const [field, value] of Object.entries(frame)) {
    if (typeof value !== "string" || !Object.hasOwn(MAX_FIELD_LENGTHS, field)) continue;
    if (value.length > MAX_FIELD_LENGTHS[field as keyof typeof MAX_FIELD_LENGTHS]) return field;
  }
}
