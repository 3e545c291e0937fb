import fc from "fast-check";

/** Any character: of ASCII, of the plane that one unit holds, and of those that take two. The same
 * as fast-check's `binary`, which takes more than a second to make. */
const character = fc.oneof(
  fc.nat(0x7f),
  fc.nat(0xffff - 0x800).map((code) => code < 0xd800 ? code : code + 0x800),
  fc.integer({ min: 0x10000, max: 0x10ffff }),
).map((code) => String.fromCodePoint(code));

const joined = (parts: string[]) => parts.join("");

/** Any text of whole characters. */
export const wellFormedText = fc.array(character, { maxLength: 40 }).map(joined);

/** Any string that JavaScript can hold, lone surrogates too. */
export const anyText = fc.oneof(
  wellFormedText,
  fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);

const CONTROLS = ["\t", "\n", "\r", "\r\n", "\0", "\x1b[2J", "\x7f", "\x85", "\x9b"];
const BEYOND_ASCII = ["é", "日", "😀", "\ud83d", "\ude00", "\u2028", "\u202e", "\ufeff", "\u00a0"];

/** Texts with many characters that need cleaning, escapes or encoding. */
export const hostileText = fc.oneof(
  anyText,
  fc.array(fc.constantFrom("a", " ", '"', "\\", "/", ...CONTROLS, ...BEYOND_ASCII), {
    maxLength: 12,
  }).map(joined),
);

/** Any bytes, as a byte string. */
export const anyBytes = fc.array(fc.nat(0xff), { maxLength: 60 })
  .map((bytes) => String.fromCharCode(...bytes));
