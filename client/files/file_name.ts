/**
 * Safe names for received files.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Bytes of a cleaned name: file systems take 255, and `.part` or a number may be added. */
const MAX_NAME_BYTES = 200;

/** Longest ending that is kept when a name is shortened, in bytes. */
const MAX_ENDING_BYTES = 20;

/** Characters that some system does not allow in a name, and invisible ones. */
const UNUSABLE = /[/\\:*?"<>|\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Devices of Windows, with or without an extension. */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)/i;

/**
 * A name that stays in its folder, is not hidden, and can be used on Linux, macOS and Windows.
 *
 * Path separators and other unusable characters become `_`; invisible ones, leading dots and spaces,
 * and dots and spaces at the end are dropped; a name of a Windows device gets a `_` in front.
 */
export function safeFileName(raw: string): string {
  const name = raw.normalize("NFC").toWellFormed()
    .replace(UNSEEN, "")
    .replace(UNUSABLE, "_")
    .replace(/^[.\s]+/, "");
  const cut = shortened(name).replace(/[.\s]+$/, "");
  if (cut === "") return "file";
  return RESERVED.test(cut) ? `_${cut}` : cut;
}

/** The same name with a number: `photo (2).png`. The first is the name itself. */
export function numberedName(name: string, number: number): string {
  if (number === 1) return name;
  const dot = name.lastIndexOf(".");
  if (dot <= 0) return `${name} (${number})`;
  return `${name.slice(0, dot)} (${number})${name.slice(dot)}`;
}

/** A name that is too long loses the end of its stem and keeps its ending. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 ? name.slice(dot) : "";
  const kept = Buffer.byteLength(ending) <= MAX_ENDING_BYTES ? ending : "";
  const room = MAX_NAME_BYTES - Buffer.byteLength(kept);
  let stem = "";
  let bytes = 0;
  for (const character of name.slice(0, name.length - kept.length)) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    stem += character;
  }
  return stem + kept;
}
