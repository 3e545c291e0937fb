/**
 * The rules for names of users and rooms, and their equality.
 *
 * @module
 */

import type { NameFault } from "./request_errors.ts";
import { MAX_FIELD_LENGTHS, MAX_NAME_LENGTH } from "./limits.ts";

/** A valid name in normal form, or its fault. */
export type CheckedName =
  | { readonly name: string; readonly fault?: undefined }
  | { readonly fault: NameFault; readonly name?: undefined };

/**
 * Invisible and blank characters, those that change the writing direction, the comma and the colon,
 * which separate names, and the replacement characters.
 *
 * Some blank characters have no such property: the empty Braille pattern, the musical null notehead, a
 * Khitan filler and two Egyptian blanks.
 */
const UNUSABLE =
  /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point},:\u2800\ufffc\ufffd\u{1d159}\u{16fe4}\u{13441}\u{13442}]/u;

/** `/` starts a command, `[` and `*` the lines of the server (`[SYSTEM]`, `***`), `#` a room and `@` a
 * mention; a combining mark would join the preceding character. */
const UNUSABLE_START = /^[/[*#@\p{M}]/u;

/** The key of texts that are too long for a name; no name contains a control character. */
const NO_NAME = "\0";

/** Checks a name and converts it to Unicode's normal form C, without surrounding white space. */
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
 * Texts over {@link MAX_FIELD_LENGTHS} are not normalized: they share a key that no name has.
 */
export function nameKey(name: string): string {
  if (name.length > MAX_FIELD_LENGTHS.name) return NO_NAME;
  return name.trim().normalize("NFKC").toLowerCase();
}

/** Whether two names are one. */
export function isSameName(one: string, other: string): boolean {
  return one === other || nameKey(one) === nameKey(other);
}
