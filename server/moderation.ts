import { isIP } from "node:net";
import { checkName, nameKey, type ProtocolError, protocolError } from "../protocol/mod.ts";
import type { HubClock } from "./hub.ts";
import { plainAddress } from "./network_address.ts";
import type { Result } from "./result.ts";
import type { Member } from "./member.ts";
import type { Ban, Bans } from "./storage/store.ts";

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What is meant as addresses and is none. It may be a name, too; nobody has it who means well. */
const RANGE = /^(?=.*[.*/])[\d.*/]+$/;

/** Longest duration that can be given: ten years. */
const MAX_DURATION = 3650 * UNITS["d"]!;

/** Who may not come in, who may not speak, and who decides. */
export class Moderation {
  readonly #operators: ReadonlySet<string>;
  /** Until when somebody may not speak, in Unix milliseconds, by the key of the name. */
  readonly #mutes = new Map<string, number>();

  /** @param operators names of the operators; each has to be registered. */
  constructor(
    private readonly bans: Bans,
    private readonly clock: HubClock,
    operators: readonly string[],
  ) {
    this.#operators = new Set(operators.map(nameKey));
  }

  /** Whether the server has operators at all. */
  get hasOperators(): boolean {
    return this.#operators.size > 0;
  }

  /** Whether that is an operator's name. */
  isOperatorName(name: string): boolean {
    return this.#operators.has(nameKey(name));
  }

  /** Why somebody may not come in. */
  refusal(name: string | undefined, address: string): ProtocolError | undefined {
    const now = this.clock.now();
    const ban = this.bans.find("address", address, now) ??
      (name === undefined ? undefined : this.bans.find("name", nameKey(name), now));
    if (ban === undefined) return undefined;
    return protocolError("banned", ban.until === undefined ? "" : untilText(ban.until));
  }

  /** Bans a name or an address. @returns what was banned: an address as the system gives it. */
  ban(by: Member, target: string, duration?: string): Result<Pick<Ban, "kind" | "key">> {
    const until = this.#until(duration);
    if (until.error !== undefined) return until;
    const { kind, key } = keyOf(target);
    if (kind === "name") {
      if (RANGE.test(target)) {
        return { error: protocolError("invalid_frame", "one address can be banned, and no range") };
      }
      const { fault } = checkName(target);
      if (fault !== undefined) return { error: protocolError("name_invalid", fault) };
      if (key === by.key) {
        return { error: protocolError("invalid_frame", "nobody can ban themselves") };
      }
    }
    this.bans.save({
      kind,
      key,
      by: by.name,
      ...(until.value === Infinity ? undefined : { until: until.value }),
    });
    return { value: { kind, key } };
  }

  /** Takes a ban back. */
  unban(target: string): boolean {
    const { kind, key } = keyOf(target);
    return this.bans.remove(kind, key);
  }

  /** Lets a name say nothing for a time. */
  mute(key: string, duration?: string): Result<true> {
    const until = this.#until(duration);
    if (until.error !== undefined) return until;
    this.#mutes.set(key, until.value);
    return { value: true };
  }

  /** @returns whether the name was muted. */
  unmute(key: string): boolean {
    return this.#mutes.delete(key);
  }

  /** Why somebody may not speak. Costs nothing while nobody is muted. */
  silence(member: Member): ProtocolError | undefined {
    if (this.#mutes.size === 0) return undefined;
    const until = this.#mutes.get(member.key);
    if (until === undefined) return undefined;
    if (until <= this.clock.now()) {
      this.#mutes.delete(member.key);
      return undefined;
    }
    return protocolError("muted", until === Infinity ? "" : untilText(until));
  }

  /** A mute follows the person through a change of name. */
  renamed(from: string, to: string): void {
    const until = this.#mutes.get(from);
    if (until === undefined || from === to) return;
    this.#mutes.delete(from);
    this.#mutes.set(to, until);
  }

  /** When a duration that starts now is over, in Unix milliseconds. */
  #until(duration: string | undefined): Result<number> {
    if (duration === undefined) return { value: Infinity };
    const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(duration.trim()) ?? [];
    const milliseconds = Number(number) * (UNITS[unit ?? ""] ?? NaN);
    if (!(milliseconds > 0 && milliseconds <= MAX_DURATION)) {
      return { error: protocolError("invalid_duration") };
    }
    return { value: this.clock.now() + milliseconds };
  }
}

/** What a ban is kept by: of an address, its canonical text. */
function keyOf(target: string): Pick<Ban, "kind" | "key"> {
  return isIP(target) === 0
    ? { kind: "name", key: nameKey(target) }
    : { kind: "address", key: plainAddress(target) };
}

function untilText(until: number): string {
  return ` until ${new Date(until).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
