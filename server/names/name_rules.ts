/**
 * What a new name may be, beyond what `checkName` of the protocol looks at: rules that take tables
 * which a client needs not have.
 *
 * @module
 */

import { type CheckedName, checkName, DEFAULT_ROOM, type NameFault } from "../../protocol/mod.ts";
import { LookAlikes, looksOf, skeleton } from "./confusables.ts";
import { mixesScripts, scriptsOf, shareScript } from "./scripts.ts";

/**
 * Combining marks that may stand on a letter, counted where both are taken apart: general ones (of
 * Latin, Greek, Cyrillic, or of all scripts), which is as many as Vietnamese and polytonic Greek have,
 * and others, as on a Hebrew, Devanagari or Kannada letter (the bound of Unicode TS 39, section 5.4).
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

/**
 * Checks the name of a new user or room, and brings it into Unicode's normal form C.
 */
export function checkNewName(raw: string): CheckedName {
  const checked = checkName(raw);
  const fault = checked.name === undefined ? undefined : newNameFault(checked.name);
  return fault === undefined ? checked : { fault };
}

/** What is wrong with a new name in normal form that `checkName` has nothing against. */
export function newNameFault(name: string): NameFault | undefined {
  if (PLAIN.test(name)) return undefined;
  if (passesForSyntax(name)) return "characters";
  if (hasStrayMarks(name)) return "marks";
  // Mathematical and full-width letters are those of a script only in their plain form.
  if (mixesScripts(name.normalize("NFKC"))) return "scripts";
  return undefined;
}

/** Whether punctuation looks like that which a name may not have, or not begin with; letters that look
 * like it, such as the katakana ノ, are letters. */
function passesForSyntax(name: string): boolean {
  return [...name].some((character, index) => {
    if (!PUNCTUATION.test(character)) return false;
    const look = skeleton(character);
    return /[\s,:]/.test(look) || (index === 0 && /^[/[*#@]/.test(look));
  });
}

/** Whether there are marks on no letter, on one of another script, or too many on one. */
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

/**
 * Names that only a registered account may have, without regard to case and look: a user of that name
 * would pass for a program, for the owner of the server, or for several users.
 */
export const RESERVED_NAMES: readonly string[] = [
  // Speakers and prompts of the text protocol: `[SYSTEM]: `, `[ERROR]: `, `Password: `.
  "system",
  "error",
  "whisper",
  "password",
  // Speakers in clients, and the program.
  "you",
  "server",
  "hubbub",
  // Persons with power over others.
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

/** Punctuation and symbols around a name, and what looks like them: `~SYSTEM~`, `SYSTEM]` and
 * `SYSTEMʼ` are read as `SYSTEM`. */
const AROUND = /^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu;

/** Whether a name is reserved, or looks like one that is. */
export function isReserved(name: string): boolean {
  const stripped = [name, ...looksOf(name)].map((form) => form.replace(AROUND, ""));
  return [name, ...stripped].some((form) => RESERVED.find(form).length > 0);
}
