import { SCRIPTS } from "./script_table.ts";

/**
 * Writing systems with several scripts (Unicode TS 39, section 5.1): each script belongs to the
 * system, too. These are the ones that the level "highly restrictive" (section 5.2) allows beside
 * Latin.
 */
const SYSTEMS: Readonly<Record<string, readonly string[]>> = {
  Hani: ["Hanb", "Jpan", "Kore"],
  Hira: ["Jpan"],
  Kana: ["Jpan"],
  Bopo: ["Hanb"],
  Hang: ["Kore"],
};
const WITH_LATIN = ["Hanb", "Jpan", "Kore"];

const NONE: ReadonlySet<string> = new Set();

/** Code points at which the scripts change, and the scripts from there on. */
interface ScriptRanges {
  readonly starts: readonly number[];
  readonly sets: readonly ReadonlySet<string>[];
}

/** Result of {@link scriptRanges}: reading the table takes some milliseconds, which a start is spared. */
let read: ScriptRanges | undefined;

function scriptRanges(): ScriptRanges {
  return read ??= readScriptRanges();
}

function readScriptRanges(): ScriptRanges {
  const starts: number[] = [];
  const sets: ReadonlySet<string>[] = [];
  const shared = new Map<string, ReadonlySet<string>>([["", NONE]]);
  for (const line of SCRIPTS.trimEnd().split("\n")) {
    const [start, names] = line.split(":") as [string, string];
    if (!shared.has(names)) {
      const withSystems = names.split(" ").flatMap((name) => [name, ...SYSTEMS[name] ?? []]);
      shared.set(names, new Set(withSystems));
    }
    starts.push(Number.parseInt(start, 16));
    sets.push(shared.get(names)!);
  }
  return { starts, sets };
}

/** The scripts that use a character, and their writing systems; empty for characters of all scripts
 * (Common and Inherited). */
export function scriptsOf(character: string): ReadonlySet<string> {
  const code = character.codePointAt(0)!;
  const { starts, sets } = scriptRanges();
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= code) low = middle;
    else high = middle - 1;
  }
  return sets[low]!;
}

/**
 * Whether a text mixes scripts against the level "highly restrictive" of Unicode TS 39, section 5.2,
 * which allows one script, or Latin with the scripts of Chinese, Japanese or Korean.
 */
export function mixesScripts(text: string): boolean {
  const sets = [...text].map(scriptsOf).filter((set) => set.size > 0);
  if (common(sets).length > 0) return false;
  const others = common(sets.filter((set) => !set.has("Latn")));
  return !WITH_LATIN.some((system) => others.includes(system));
}

/** Whether two characters share a script, or one of them belongs to all. */
export function shareScript(one: string, other: string): boolean {
  const [first, second] = [scriptsOf(one), scriptsOf(other)];
  return first.size === 0 || second.size === 0 || !first.isDisjointFrom(second);
}

/** The common elements of the sets; without a set, all scripts. */
function common(sets: readonly ReadonlySet<string>[]): readonly string[] {
  const [first, ...rest] = sets;
  if (first === undefined) return ["Zyyy"];
  return [...first].filter((script) => rest.every((set) => set.has(script)));
}
