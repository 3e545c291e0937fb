import { counted } from "../../protocol/text.ts";

/** A user who joined or left, as part of a notice. */
export interface PresenceChange {
  readonly name: string;
  readonly type: "joined" | "left";
  /** The sentence about it. */
  readonly text: string;
  /** Unix milliseconds. */
  readonly time: number;
}

/** Maximum number of changes in one notice. */
export const MAX_CHANGES = 100;

/** Maximum number of names in a summary. */
const MAX_NAMES = 3;

/**
 * Summarises changes: their sentence if there is one, else who is here now and was not before, who is not
 * here any more, and how many came and went.
 */
export function presenceText(changes: readonly PresenceChange[]): string {
  const [first, ...more] = changes;
  if (first !== undefined && more.length === 0) return first.text;
  const joined: string[] = [];
  const left: string[] = [];
  let passing = 0;
  for (const [name, all] of Map.groupBy(changes, (change) => change.name)) {
    // The first change shows whether the user was here before.
    const last = all.at(-1)!.type;
    if (all[0]!.type !== last) passing++;
    else if (last === "joined") joined.push(name);
    else left.push(name);
  }
  const parts = [
    ...(joined.length === 0 ? [] : [`${namesOf(joined)} joined`]),
    ...(left.length === 0 ? [] : [`${namesOf(left)} left`]),
    ...(passing === 0 ? [] : [`${counted(passing, "user")} came and went`]),
  ];
  return `${parts.join(", ")}.`;
}

function namesOf(names: readonly string[]): string {
  if (names.length <= MAX_NAMES) return listed(names);
  const shown = names.slice(0, MAX_NAMES - 1);
  return listed([...shown, `${names.length - shown.length} others`]);
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
