/**
 * The rules for new names beyond `checkName` of the protocol: they need tables that clients do not
 * have.
 *
 * @module
 */

import {
  type CheckedName,
  checkName,
  cleanLine,
  DEFAULT_ROOM,
  MAX_NAME_LENGTH,
  type NameFault,
  shorten,
} from "../../protocol/mod.ts";
import { LookAlikes, looksOf, skeleton } from "./confusables.ts";
import { mixesScripts, scriptsOf, shareScript } from "./scripts.ts";

/**
 * Maximum combining marks on a letter, counted in the decomposed form: general ones (of Latin, Greek,
 * Cyrillic, or of all scripts), as Vietnamese and polytonic Greek need, and others, as on a Hebrew,
 * Devanagari or Kannada letter (the bound of Unicode TS 39, section 5.4).
 */
const MAX_GENERAL_MARKS = 2;
const MAX_GREEK_MARKS = 3;
const MAX_MARKS = 4;

const PLAIN = /^[!-~]*$/;
const MARK = /^\p{M}$/u;
const LETTER = /^[\p{L}\p{M}]$/u;
const ENCLOSING = /\p{Me}/u;
const PUNCTUATION = /^[\p{P}\p{S}]$/u;
const GENERAL_SCRIPTS = ["Latn", "Grek", "Cyrl"];

/** Checks the name of a new user or room, and converts it to Unicode's normal form C. */
export function checkNewName(raw: string): CheckedName {
  const checked = checkName(raw);
  const fault = checked.name === undefined ? undefined : newNameFault(checked.name);
  return fault === undefined ? checked : { fault };
}

/** The fault of a new name in normal form that passes `checkName`, if any. */
export function newNameFault(name: string): NameFault | undefined {
  if (PLAIN.test(name)) return undefined;
  if (passesForSyntax(name)) return "characters";
  if (hasStrayMarks(name)) return "marks";
  // Mathematical and full-width letters are those of a script only in their plain form.
  if (mixesScripts(name.normalize("NFKC"))) return "scripts";
  return undefined;
}

/** Whether punctuation looks like characters that a name must not contain, or not begin with. Letters
 * that look like them, such as the katakana ノ, are allowed. */
function passesForSyntax(name: string): boolean {
  return [...name].some((character, index) => {
    if (!PUNCTUATION.test(character)) return false;
    const look = skeleton(character);
    return /[\s,:]/.test(look) || (index === 0 && /^[/[*#@]/.test(look));
  });
}

/** Whether a mark is on no letter or on one of another script, or a letter has too many. */
function hasStrayMarks(name: string): boolean {
  if (ENCLOSING.test(name)) return true;
  let base = "";
  let before = "";
  let [marks, general] = [0, 0];
  for (const character of name.normalize("NFD")) {
    if (!MARK.test(character)) {
      base = before = character;
      marks = general = 0;
      continue;
    }
    if (!LETTER.test(base) || !shareScript(base, character) || character === before) return true;
    if (isGeneral(character)) general++;
    const isGreek = scriptsOf(base).has("Grek");
    if (general > (isGreek ? MAX_GREEK_MARKS : MAX_GENERAL_MARKS)) return true;
    if (++marks > MAX_MARKS) return true;
    before = character;
  }
  return false;
}

function isGeneral(mark: string): boolean {
  const scripts = scriptsOf(mark);
  return scripts.size === 0 || GENERAL_SCRIPTS.some((script) => scripts.has(script));
}

/** Sender of the messages of a script that gives no name. */
export const SCRIPT_NAME = "script";

/** Sender of the messages of a webhook without a name of its own. */
export const HOOK_NAME = "webhook";

/**
 * Names that only a registered account may have, without regard to case and look: others could pass
 * for a program, for the owner of the server, or for several users.
 */
export const RESERVED_NAMES: readonly string[] = [
  // Prefixes and prompts of the text protocol: `[SYSTEM]: `, `[ERROR]: `, `Password: `.
  "system",
  "error",
  "whisper",
  "password",
  // Senders in clients, and the program.
  "you",
  "server",
  "hubbub",
  HOOK_NAME,
  SCRIPT_NAME,
  // Users with power over others.
  "operator",
  "operators",
  "admin",
  "administrator",
  "moderator",
  // Addressees: all users of a room. An offer to a name goes to a user before it goes to a room. Not
  // "all": it looks like a11, and users of programs are often called a letter and a number.
  "everyone",
  DEFAULT_ROOM,
];

const RESERVED = lookAlikesOf(RESERVED_NAMES);

function lookAlikesOf(names: readonly string[]): LookAlikes<string> {
  const alike = new LookAlikes<string>();
  for (const name of names) alike.add(name, name);
  return alike;
}

/** Punctuation and symbols around a name, and their look-alikes: `~SYSTEM~`, `SYSTEM]` and `SYSTEMʼ`
 * are read as `SYSTEM`. */
const AROUND = /^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu;

/** Whether a name is reserved, or looks like a reserved one. */
export function isReserved(name: string): boolean {
  const stripped = [name, ...looksOf(name)].map((form) => form.replace(AROUND, ""));
  return [name, ...stripped].some((form) => RESERVED.find(form).length > 0);
}

/** The input of a client as a name in an error or notice: cleaned and shortened. */
export function shownName(name: string): string {
  return shorten(cleanLine(name), MAX_NAME_LENGTH);
}
