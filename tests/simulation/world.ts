import type { Life } from "./life.ts";
import type { Ledger, Sent } from "./ledger.ts";
import type { Network } from "./network.ts";
import type { Habits, Plan } from "./plan.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import type { RunTrace } from "./trace.ts";

/** A simulated user. */
export interface Client {
  readonly life: Life;
  /** Empty while it has not joined. */
  readonly name: string;
  readonly isJoined: boolean;
  /** The first of its rooms, by its own account. */
  readonly room: string;
  /** Whether it is in a room, by its own account. */
  isIn(room: string): boolean;
  /** The users of its room, if it has asked for them in the end. */
  readonly listed?: readonly string[] | undefined;
  /** Whether all that it has sent is answered. */
  readonly isSettled: boolean;
  /** Does something, such as to send a message. */
  act(): void;
  start(): void;
  quit(): void;
  /** Ends without a word. */
  crash(): void;
}

/** The names for which users compete. None looks like another one. */
const NAMES = ["Ada", "Bob", "Cyd", "Dan", "Eve", "Fay", "Gus", "Hal", "Kim", "Moe", "Pat", "Ray"];

/** The account of the operator. */
export const OPERATOR = "Zed";

/** What the clients of a run share. */
export class World {
  readonly clients: Client[] = [];
  readonly lives: Life[] = [];
  readonly #habits: readonly (readonly [keyof Habits, number])[];

  constructor(
    readonly plan: Plan,
    readonly timeline: Timeline,
    readonly random: Random,
    readonly network: Network,
    readonly ledger: Ledger,
    readonly trace: RunTrace,
  ) {
    this.#habits = Object.entries(plan.habits) as [keyof Habits, number][];
  }

  /** A name that another user may have. */
  newName(isOperator: boolean): string {
    return isOperator ? OPERATOR : this.random.pick(NAMES);
  }

  /** The name of a user who may be online. */
  someName(): string {
    return this.random.pick(this.clients).name || this.random.pick(NAMES);
  }

  nextHabit(): keyof Habits {
    const all = this.#habits.reduce((sum, [, share]) => sum + share, 0);
    let left = this.random.between(0, all);
    for (const [habit, share] of this.#habits) {
      left -= share;
      if (left < 0) return habit;
    }
    return "message";
  }

  submit(life: Life, kind: Sent["kind"], target: string): Sent {
    const { padding } = this.plan;
    const length = padding === 0 ? 0 : this.random.whole(0, padding);
    const sent = this.ledger.submit(
      life,
      kind,
      target,
      length === 0 ? "" : ` ${"x".repeat(length)}`,
      kind === "whisper" ? this.lives.find((each) => each.isNow(target)) : undefined,
    );
    this.trace.add(`${life.name} submits m${sent.number} to ${target}`);
    return sent;
  }
}
