import { MAX_FIELD_LENGTHS, nameKey } from "../../protocol/mod.ts";
import { CONFUSABLES } from "./confusable_table.ts";

/** The character or characters that stand for all that look like a character. */
const PROTOTYPES = new Map<string, string>(
  CONFUSABLES.trimEnd().split("\n").flatMap((line) => {
    const [prototype, sources] = line.split(":") as [string, string];
    const target = textOf(prototype.split("+"));
    return sources.split(",").map((source): [string, string] => [textOf([source]), target]);
  }),
);

function textOf(codes: readonly string[]): string {
  return String.fromCodePoint(...codes.map((code) => Number.parseInt(code, 16)));
}

/** Rounds of {@link skeleton} and lower case after which nothing changes any more. */
const MAX_ROUNDS = 4;

/**
 * The skeleton of a text (Unicode TS 39, section 4): two texts with the same one look the same.
 *
 * Only for texts as short as names: its cost grows with the square of the length.
 */
export function skeleton(text: string): string {
  const decomposed = text.normalize("NFD").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  let mapped = "";
  for (const character of decomposed) mapped += PROTOTYPES.get(character) ?? character;
  return mapped.normalize("NFD");
}

/** The skeleton without regard to case: `0SCAR`, `Oscar` and `oscar` have one. */
function caselessSkeleton(text: string): string {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = skeleton(text).toLowerCase();
    if (next === text) break;
    text = next;
  }
  return text;
}

/**
 * Results of {@link looksOf} for the names of the last calls: a new name is compared with several
 * lists, and computing its forms takes 0.1 ms. Shared by all servers, since it depends on nothing else.
 */
const recent = new Map<string, readonly string[]>();
const MAX_RECENT = 16;

/**
 * What a name looks like: as it is written, and in lower case, since case does not tell names apart.
 * Two names look alike when they have one of these in common: `аLICE` with a Cyrillic а looks like
 * `alice`, although a capital I looks like an l.
 *
 * @returns nothing for a text that is too long for a name.
 */
export function looksOf(name: string): readonly string[] {
  if (name.length > MAX_FIELD_LENGTHS.name) return [];
  let looks = recent.get(name);
  if (looks === undefined) {
    const written = caselessSkeleton(name.trim());
    const lower = caselessSkeleton(nameKey(name));
    looks = written === lower ? [written] : [written, lower];
    if (recent.size >= MAX_RECENT) recent.clear();
    recent.set(name, looks);
  }
  return looks;
}

/**
 * Entries that are found by what their names look like; see {@link looksOf}. They are found by the
 * look of their capital letters, too: Cyrillic `КІМ` passes for `kim`.
 */
export class LookAlikes<Entry> {
  readonly #byLook = new Map<string, Set<Entry>>();

  /** Adds an entry with its name. It may be added with several. */
  add(name: string, entry: Entry): void {
    for (const look of allLooksOf(name)) {
      const entries = this.#byLook.get(look) ?? new Set();
      this.#byLook.set(look, entries.add(entry));
    }
  }

  /** Removes an entry that was added with this name. */
  remove(name: string, entry: Entry): void {
    for (const look of allLooksOf(name)) {
      const entries = this.#byLook.get(look);
      if (entries?.delete(entry) === true && entries.size === 0) this.#byLook.delete(look);
    }
  }

  /** The entries whose name looks like this one, or is the same. */
  find(name: string): readonly Entry[] {
    const found = looksOf(name).flatMap((look) => [...this.#byLook.get(look) ?? []]);
    return [...new Set(found)];
  }
}

function allLooksOf(name: string): ReadonlySet<string> {
  return new Set([...looksOf(name), ...looksOf(nameKey(name).toUpperCase())]);
}
