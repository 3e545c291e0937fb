import type { ByteString } from "../../protocol/byte_string.ts";
import { parseServerFrame } from "../../protocol/json_codec.ts";
import { type Complaint, type LoginAnswer, type Notices, skippedComplaint } from "./profile.ts";

/** What all names of one run begin with: `bench-k3f9` of `bench-k3f9-12`. */
const RUN = /^bench-[0-9a-z]+(?=-)/;

/**
 * The frame that lets a client of a run join its room.
 *
 * The clients of a run use a room of their own, named after the prefix of their names, so that users in
 * the lobby of the same server see nothing of it.
 */
export function helloOf(name: string): ByteString {
  const room = RUN.exec(name)?.[0];
  return JSON.stringify(
    room === undefined ? { type: "hello", name } : { type: "hello", name, rooms: [room] },
  );
}

/** A character as it stands in a string of JSON, as `JSON.stringify` writes it. */
export function jsonForm(character: ByteString): ByteString {
  return character === '"' || character === "\\" ? `\\${character}` : character;
}

/** The frames of hubbub's that are no deliveries and matter to a load test, up to the end of a line
 * or the first byte of another WebSocket message. */
const NOTICES = /\{"type":"(?:ping|error|skipped|bye)"[^\n]*?\}(?=[\n\x80-\xff]|$)/g;

/** Answers a `ping`; counts `error`, `skipped` and `bye`. */
export function readFrameNotices(received: ByteString): Notices | undefined {
  let answer = "";
  const complaints: Complaint[] = [];
  for (const [text] of received.matchAll(NOTICES)) {
    const frame = parseServerFrame(text);
    if (frame?.type === "ping") answer += `{"type":"pong","t":${frame.t}}\n`;
    if (frame?.type === "error") complaints.push({ code: frame.code, text: frame.text });
    if (frame?.type === "bye") complaints.push({ code: frame.reason, text: frame.text });
    if (frame?.type === "skipped") complaints.push(skippedComplaint(frame.count));
  }
  return answer === "" && complaints.length === 0 ? undefined : { answer, complaints };
}

/** The effect of a server's frame on a login. */
export function loginAnswerOf(text: ByteString): LoginAnswer {
  const frame = parseServerFrame(text);
  if (frame?.type === "welcome") return "joined";
  if (frame?.type === "error") return { code: frame.code, text: frame.text };
  if (frame?.type === "bye") return { code: frame.reason, text: frame.text };
  return undefined;
}
