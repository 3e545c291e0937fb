import { MAX_FIELD_LENGTHS, nameKey } from "../../protocol/mod.ts";
import { CONFUSABLES } from "./confusable_table.ts";

/** Result of {@link prototypes}: reading the table takes some milliseconds, which a start is spared. */
let read: ReadonlyMap<string, string> | undefined;

/** For each character, the prototype of all that look like it. */
function prototypes(): ReadonlyMap<string, string> {
  return read ??= new Map(
    CONFUSABLES.trimEnd().split("\n").flatMap((line) => {
      const [prototype, sources] = line.split(":") as [string, string];
      const target = textOf(prototype.split("+"));
      return sources.split(",").map((source): [string, string] => [textOf([source]), target]);
    }),
  );
}

function textOf(codes: readonly string[]): string {
  return String.fromCodePoint(...codes.map((code) => Number.parseInt(code, 16)));
}

/** Rounds of {@link skeleton} and lower case after which the result is stable. */
const MAX_ROUNDS = 4;

/**
 * The skeleton of a text (Unicode TS 39, section 4): texts with the same skeleton look the same.
 *
 * Only for names: the time grows with the square of the length.
 */
export function skeleton(text: string): string {
  const decomposed = text.normalize("NFD").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  const table = prototypes();
  let mapped = "";
  for (const character of decomposed) mapped += table.get(character) ?? character;
  return mapped.normalize("NFD");
}

/** The skeleton without regard to case: the same for `0SCAR`, `Oscar` and `oscar`. */
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
 * The looks of a name: as written, and in lower case, since names differ by more than case. Two names
 * look alike if they share a look: `аLICE` with a Cyrillic а looks like `alice`, although a capital I
 * looks like an l.
 *
 * @returns an empty list for a text that is too long for a name.
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
 * A map of entries by the looks of their names, see {@link looksOf}, and of these in capital letters:
 * Cyrillic `КІМ` passes for `kim`.
 */
export class LookAlikes<Entry> {
  readonly #byLook = new Map<string, Set<Entry>>();

  /** Adds an entry with its name. An entry may have several names. */
  add(name: string, entry: Entry): void {
    for (const look of allLooksOf(name)) {
      const entries = this.#byLook.get(look) ?? new Set();
      this.#byLook.set(look, entries.add(entry));
    }
  }

  remove(name: string, entry: Entry): void {
    for (const look of allLooksOf(name)) {
      const entries = this.#byLook.get(look);
      if (entries?.delete(entry) === true && entries.size === 0) this.#byLook.delete(look);
    }
  }

  /** The entries with a name that looks like this one, or is equal to it. */
  find(name: string): readonly Entry[] {
    const found = looksOf(name).flatMap((look) => [...this.#byLook.get(look) ?? []]);
    return [...new Set(found)];
  }
}

function allLooksOf(name: string): ReadonlySet<string> {
  return new Set([...looksOf(name), ...looksOf(nameKey(name).toUpperCase())]);
}
