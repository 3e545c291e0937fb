/**
 * What a person or a room may be called, and when two names are the same.
 *
 * @module
 */

import type { NameFault } from "./errors.ts";
import { MAX_FIELD_LENGTHS, MAX_NAME_LENGTH } from "./limits.ts";

/** A name that may be used, in normal form, or what is wrong with it. */
export type CheckedName =
  | { readonly name: string; readonly fault?: undefined }
  | { readonly fault: NameFault; readonly name?: undefined };

/**
 * Characters that are not seen, take room of their own or turn the writing direction; the comma and
 * the colon, which separate names in lists and names from text; and the replacement characters.
 *
 * Some are blank without having a property that tells so: the Braille pattern of no dots, the
 * musical null notehead, a Khitan filler and two Egyptian blanks.
 */
const UNUSABLE =
  /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point},:\u2800\ufffc\ufffd\u{1d159}\u{16fe4}\u{13441}\u{13442}]/u;

/** `/` starts a command, `[` and `*` the server's own lines (`[SYSTEM]`, `***`), `#` and `@` are how
 * people write rooms and mentions; a combining mark would attach itself to what stands before. */
const UNUSABLE_START = /^[/[*#@\p{M}]/u;

/** The key of texts that are too long for a name; a control character is in no name. */
const NO_NAME = "\0";

/**
 * Checks a name and brings it into Unicode's normal form C.
 *
 * White space around it is cut off, since people type it by accident.
 */
export function checkName(raw: string): CheckedName {
  if (raw.length > MAX_FIELD_LENGTHS.name) return { fault: "too long" };
  const name = raw.trim().normalize("NFC");
  if (name === "") return { fault: "empty" };
  // A code point is one or two UTF-16 units: the first test keeps the second one cheap.
  if (name.length > 2 * MAX_NAME_LENGTH || [...name].length > MAX_NAME_LENGTH) {
    return { fault: "too long" };
  }
  // A full-width bracket or colon looks like an ordinary one.
  const plain = name.normalize("NFKC");
  const isUsable = [name, plain].every((form) =>
    !UNUSABLE.test(form) && !UNUSABLE_START.test(form)
  );
  if (!isUsable) return { fault: "characters" };
  return { name };
}

/**
 * The key under which a name is unique: `Alice`, `ALICE` and full-width `Ａlice` are one name.
 *
 * Texts over {@link MAX_FIELD_LENGTHS} are not normalized: they all have one key, which no name has.
 */
export function nameKey(name: string): string {
  if (name.length > MAX_FIELD_LENGTHS.name) return NO_NAME;
  return name.trim().normalize("NFKC").toLowerCase();
}
