import { DEFAULT_ROOM } from "../../protocol/mod.ts";
import { looksOf } from "./confusables.ts";
import { LookAlikes } from "./look_alikes.ts";

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
