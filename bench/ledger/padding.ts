import { type ByteString, fromBytes, toByteString } from "../../protocol/byte_string.ts";
import { seededRandom } from "./random.ts";

/** Maximum number of different paddings in a run. A power of two. */
const MAX_PADDINGS = 1024;

/** Maximum size of all of them, per thread, in bytes. */
const MAX_BYTES = 1_048_576;

/** Fills the last bytes if no whole character fits. */
const FILLER = ".";

/** Letters and digits pass every server and every JSON encoder unchanged. */
const LETTERS = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"];

/** Characters of 1 to 4 bytes of UTF-8, and of several scripts. */
const UTF8 = [
  ..."abcdefgh 0123 äöüßéçñ ΑΒΓαβγδ АБВабвгд שלום سلام नमस्ते 你好世界 こんにちは 한국어 😀🎉🚀𝄞",
].map(toByteString);

/** All bytes except those that end a line and the one that begins a payload. */
const BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
  .filter((byte) => !"\n\r~".includes(byte));

const CHARACTERS = { letters: LETTERS, utf8: UTF8, random: BYTES } as const;

/** Source of the characters of a padding. */
export type PayloadSource =
  | { readonly kind: "letters" | "utf8" | "random" }
  /** Pieces of a text; see {@link payloadText}. */
  | { readonly kind: "text"; readonly text: ByteString };

/** All kinds of {@link PayloadSource} except a text. */
export const PAYLOAD_KINDS = ["letters", "utf8", "random"] as const;

/** How paddings are made. */
export interface PaddingOptions {
  readonly source?: PayloadSource;
  /** The encoded form of a character in a message. Default: the character itself. */
  readonly wireForm?: ((character: ByteString) => ByteString) | undefined;
}

/**
 * A text whose pieces can be paddings: control characters and the character that begins a payload are
 * replaced by blanks.
 *
 * @throws {RangeError} if nothing else is in it.
 */
export function payloadText(text: string): PayloadSource {
  // deno-lint-ignore no-control-regex -- these are what is meant
  const clean = text.replaceAll(/[\x00-\x1f\x7f-\x9f~]+/g, " ").trim();
  if (clean === "") throw new RangeError("Cannot use an empty text as payload");
  return { kind: "text", text: toByteString(clean) };
}

/**
 * Makes the paddings of a run: random, and the same for the same run id in every thread.
 *
 * Sender and number of a message choose its padding, so consecutive messages differ in nearly every
 * byte. All paddings are kept, so that a delivery can be compared without making one.
 *
 * @param length of each, in bytes, as it stands in a message.
 * @returns their number is a power of two.
 */
export function paddings(
  runId: string,
  length: number,
  { source = { kind: "letters" }, wireForm = (character) => character }: PaddingOptions = {},
): readonly ByteString[] {
  const random = seededRandom(Number.parseInt(runId, 36));
  let count = MAX_PADDINGS;
  while (count * length > MAX_BYTES) count /= 2;
  const characters = charactersOf(source).map(wireForm);
  return Array.from({ length: count }, () => {
    let index = Math.floor(random() * characters.length);
    const next = source.kind === "text"
      ? () => characters[index++ % characters.length]!
      : () => characters[Math.floor(random() * characters.length)]!;
    return filled(next, length);
  });
}

function charactersOf(source: PayloadSource): readonly ByteString[] {
  if (source.kind !== "text") return CHARACTERS[source.kind];
  // deno-lint-ignore no-control-regex -- all of ASCII, and bytes of UTF-8
  return source.text.match(/[\x00-\x7f]|[\xc0-\xff][\x80-\xbf]*|[\x80-\xbf]/g) ?? [];
}

/** Whole characters as long as they fit, and fillers. */
function filled(next: () => ByteString, length: number): ByteString {
  const bytes = new Uint8Array(length).fill(FILLER.charCodeAt(0));
  let end = 0;
  while (end < length) {
    const character = next();
    if (end + character.length > length) break;
    for (let index = 0; index < character.length; index++) {
      bytes[end++] = character.charCodeAt(index);
    }
  }
  return fromBytes(bytes);
}
