import { checkName, nameKey } from "../../protocol/names.ts";
import { requestError } from "../../protocol/request_errors.ts";
import type { Position } from "./position.ts";

/** Maximum number of learners. */
export const MAX_LEARNERS = 200;

/** Maximum number of learners from one address: a class in which all work on one machine. */
export const MAX_LEARNERS_PER_ADDRESS = 60;

/** A learner who has not reported for this time is away, in milliseconds. Learners report every 10 s. */
export const AWAY_MILLISECONDS = 30_000;

/** A learner of a class. */
export interface Learner {
  readonly name: string;
  readonly position: Position | undefined;
  readonly state: "here" | "away" | "left";
  /** Milliseconds since the last report. */
  readonly silence: number;
}

/** The answer to a learner who wants to join: a token for reports, or the reason why not. */
export type Joining =
  | { readonly token: string; readonly refusal?: undefined }
  | { readonly refusal: string; readonly token?: undefined };

interface Entry {
  readonly name: string;
  readonly token: string;
  readonly address: string;
  position: Position | undefined;
  reportedAt: number;
  hasLeft: boolean;
}

/**
 * Who is in a class, and where.
 *
 * 1. A name belongs to one learner until that one has left or is away.
 * 2. Only the holder of a learner's token changes that learner.
 * 3. The number of learners is bounded, per address as well; learners who have left or are away make
 *    room, those who are silent for the longest time first.
 */
export class ClassRoll {
  readonly #entries = new Map<string, Entry>();

  /**
   * @param now milliseconds of a clock that never goes back.
   * @param newToken makes a token that cannot be guessed.
   */
  constructor(private readonly now: () => number, private readonly newToken: () => string) {}

  /** Adds a learner. */
  join(rawName: string, address: string): Joining {
    const { name, fault } = checkName(rawName);
    if (fault !== undefined) return { refusal: requestError("name_invalid", fault).text };
    const key = nameKey(name);
    const same = this.#entries.get(key);
    if (same !== undefined && this.#stateOf(same) === "here") {
      return { refusal: `The name "${name}" is taken in this class. Choose another --name.` };
    }
    if (!this.#makeRoom(address, same)) {
      return { refusal: "This class is full. Ask the teacher to start another one." };
    }
    const token = this.newToken();
    const reportedAt = this.now();
    this.#entries.set(key, {
      name,
      token,
      address,
      reportedAt,
      position: undefined,
      hasLeft: false,
    });
    return { token };
  }

  /**
   * Notes where a learner is. The report of one who has left was sent before, on another connection.
   *
   * @returns false for an unknown token.
   */
  report(token: string, position: Position | undefined): boolean {
    const entry = this.#entryOf(token);
    if (entry === undefined) return false;
    entry.position = position ?? entry.position;
    entry.reportedAt = this.now();
    return true;
  }

  /** Notes that a learner has left. @returns false for an unknown token. */
  leave(token: string): boolean {
    const entry = this.#entryOf(token);
    if (entry !== undefined) entry.hasLeft = true;
    return entry !== undefined;
  }

  /** All learners, by name. */
  learners(): Learner[] {
    return Array.from(this.#entries.values(), (entry) => ({
      name: entry.name,
      position: entry.position,
      state: this.#stateOf(entry),
      silence: this.now() - entry.reportedAt,
    })).sort((one, other) => one.name.localeCompare(other.name));
  }

  #entryOf(token: string): Entry | undefined {
    return [...this.#entries.values()].find((entry) => entry.token === token);
  }

  #stateOf({ hasLeft, reportedAt }: Entry): Learner["state"] {
    if (hasLeft) return "left";
    return this.now() - reportedAt > AWAY_MILLISECONDS ? "away" : "here";
  }

  /**
   * @param replaced a learner whose place the new one takes, and who keeps it if there is no other place.
   * @returns false if there is no place.
   */
  #makeRoom(address: string, replaced: Entry | undefined): boolean {
    const entries = [...this.#entries].filter(([, entry]) => entry !== replaced);
    const same = entries.filter(([, entry]) => entry.address === address);
    return this.#evict(same, MAX_LEARNERS_PER_ADDRESS) && this.#evict(entries, MAX_LEARNERS);
  }

  /** Removes one of the entries if that number of them is reached. */
  #evict(entries: readonly [string, Entry][], maximum: number): boolean {
    if (entries.length < maximum) return true;
    const [oldest] = entries.filter(([, entry]) => this.#stateOf(entry) !== "here")
      .sort(([, one], [, other]) => one.reportedAt - other.reportedAt);
    return oldest !== undefined && this.#entries.delete(oldest[0]);
  }
}
