import type { ByteString } from "../../protocol/byte_string.ts";

/** What all names of one run begin with: `bench-k3f9` of `bench-k3f9-12`. */
const RUN = /^bench-[0-9a-z]+(?=-)/;

/**
 * The frame that lets a member of a crowd in.
 *
 * The crowd of a run talks in a room of its own, named as its members' names begin, so that people in
 * the lobby of the same server see nothing of it.
 */
export function helloOf(name: string): ByteString {
  const room = RUN.exec(name)?.[0];
  return JSON.stringify(
    room === undefined ? { type: "hello", name } : { type: "hello", name, room },
  );
}

/** A character as it stands in a string of JSON, as `JSON.stringify` writes it. */
export function jsonForm(character: ByteString): ByteString {
  return character === '"' || character === "\\" ? `\\${character}` : character;
}
