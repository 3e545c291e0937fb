import {
  checkName,
  cleanLine,
  localTimeText,
  nameKey,
  type ProtocolError,
  protocolError,
  shorten,
} from "../../protocol/mod.ts";
import type { HubClock } from "./hub.ts";
import type { Result } from "../result.ts";
import type { Member } from "./member.ts";
import { type BanTarget, banTargetOf } from "../storage/bans.ts";
import type { Ban, Mute, Store } from "../storage/store.ts";

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What looks like an address or a range. What is none is not banned as a name. */
const LIKE_ADDRESS = /^((?=.*[.*/])[\d.*/]+|[\da-f:.]*:[\da-f:.*]*(\/.*)?)$/i;

/** Bans and mutes kept, of each. */
export const MAX_BANS = 10_000;
const MAX_MUTES = 10_000;

/** Milliseconds between two looks for bans and mutes that are over. */
const PRUNE_INTERVAL = 60_000;

/** Longest reason that is stored and sent, in characters. */
const MAX_REASON_LENGTH = 200;

/** Longest duration that can be given: ten years. */
const MAX_DURATION = 3650 * UNITS["d"]!;

/** The reason in the form that is stored and sent; absent where it is blank. */
export function reasonOf(given: string | undefined): { reason?: string } {
  const reason = shorten(cleanLine(given ?? "").trim(), MAX_REASON_LENGTH);
  return reason === "" ? {} : { reason };
}

/** Options of a ban. */
export interface BanTerms {
  /** Such as `10m`; default: without end. */
  readonly duration?: string | undefined;
  readonly reason?: string | undefined;
  /** Whether operators may ban themselves. Default: false. */
  readonly force?: boolean | undefined;
}

/** Who may not come in, who may not speak, and who decides. */
export class Moderation {
  #lastPruned = -Infinity;

  constructor(
    private readonly store: Pick<Store, "bans" | "mutes">,
    private readonly clock: HubClock,
  ) {}

  /**
   * Removes the bans and mutes that are over, once a minute; called every second.
   *
   * @returns the bans that another process (`hubbub ban remove`) has removed since the last call.
   */
  tick(): Ban[] {
    const removed = this.store.bans.refresh();
    this.#pruneInTime();
    return removed;
  }

  #pruneInTime(): void {
    const now = this.clock.now();
    if (now - this.#lastPruned < PRUNE_INTERVAL) return;
    this.#lastPruned = now;
    this.#prune();
  }

  #prune(): void {
    this.store.bans.prune(this.clock.now());
    this.store.mutes.prune(this.clock.now());
  }

  /** Why somebody may not come in. */
  refusal(name: string | undefined, address: string): ProtocolError | undefined {
    const now = this.clock.now();
    const { bans } = this.store;
    const ban = bans.find("address", address, now) ??
      (name === undefined ? undefined : bans.find("name", nameKey(name), now));
    if (ban === undefined) return undefined;
    return protocolError("banned", ban.until === undefined ? "" : untilText(ban.until));
  }

  /**
   * Bans a name, an address or a range. A single IPv6 address bans its /64 network. A ban on the name or
   * the address of the operator needs `force`.
   *
   * @returns what was banned: an address or a range in its canonical text.
   */
  ban(by: Member, target: string, terms: BanTerms = {}): Result<BanTarget> {
    const { duration, reason, force = false } = terms;
    const until = this.#until(duration);
    if (until.error !== undefined) return until;
    const banned = banTargetOf(target);
    const { kind, key } = banned;
    if (kind === "name") {
      if (LIKE_ADDRESS.test(target)) {
        const what = `"${cleanLine(target)}" is neither an address nor a range such as ` +
          "192.0.2.0/24 or 2001:db8::/48";
        return { error: protocolError("invalid_frame", what) };
      }
      const { fault } = checkName(target);
      if (fault !== undefined) return { error: protocolError("name_invalid", fault) };
    }
    if (!force && isOwn(banned, by)) {
      const what = kind === "name" ? "yourself" : `your own address ${by.address}`;
      const words = ["/ban", cleanLine(target), ...duration === undefined ? [] : [duration]];
      const remedy = `${words.join(" ")} --force does it all the same.`;
      return { error: protocolError("not_oneself", `ban ${what}`, remedy) };
    }
    const { bans } = this.store;
    if (bans.size >= MAX_BANS && !bans.has(kind, key)) {
      this.#prune();
      if (bans.size >= MAX_BANS) return { error: protocolError("too_many_bans", MAX_BANS) };
    }
    bans.save({
      kind,
      key,
      by: by.name,
      ...untilOf(until.value),
      ...reasonOf(reason),
    });
    return { value: banned };
  }

  /** Takes a ban back. */
  unban(target: string): boolean {
    const { kind, key } = banTargetOf(target);
    return this.store.bans.remove(kind, key);
  }

  /** The bans that hold. */
  bans(): { readonly total: number; readonly all: Iterable<Ban> } {
    this.#prune();
    const { bans } = this.store;
    return { total: bans.size, all: bans.all() };
  }

  /**
   * Refuses what a member says, for a time: under this name, and under any name from the same address
   * without a password.
   */
  mute(by: Member, { key, addressKey: address }: Member, duration?: string): Result<true> {
    const until = this.#until(duration);
    if (until.error !== undefined) return until;
    const { mutes } = this.store;
    if (mutes.size >= MAX_MUTES && mutes.find(key, this.clock.now()) === undefined) {
      this.#prune();
      if (mutes.size >= MAX_MUTES) return { error: protocolError("too_many_mutes", MAX_MUTES) };
    }
    mutes.save({ key, address, by: by.name, ...untilOf(until.value) });
    return { value: true };
  }

  /**
   * Takes back the mute of a name, and of the address that was muted with it.
   *
   * @param member who has the name, where that is so: their address is no longer muted, either.
   * @returns whether there was a mute.
   */
  unmute(key: string, member: Member | undefined): boolean {
    const { mutes } = this.store;
    const removed = mutes.remove(key);
    if (removed?.address !== undefined) mutes.removeAddress(removed.address);
    if (member === undefined || this.#muteOf(member) === undefined) return removed !== undefined;
    mutes.removeAddress(member.addressKey);
    return true;
  }

  /** Why somebody may not speak. Costs nothing while nobody is muted. */
  silence(member: Member): ProtocolError | undefined {
    if (this.store.mutes.size === 0) return undefined;
    const mute = this.#muteOf(member);
    if (mute === undefined) return undefined;
    return protocolError("muted", mute.until === undefined ? "" : untilText(mute.until));
  }

  /** A mute follows the person through a change of name. */
  renamed(from: string, to: string): void {
    if (from === to) return;
    const mute = this.store.mutes.remove(from);
    if (mute !== undefined) this.store.mutes.save({ ...mute, key: to });
  }

  /** The mute of a member's name; of the address only where no password vouches for the member. */
  #muteOf({ key, addressKey, isAuthenticated, isOperator }: Member): Mute | undefined {
    const { mutes } = this.store;
    const now = this.clock.now();
    return mutes.find(key, now) ??
      (isAuthenticated || isOperator ? undefined : mutes.findByAddress(addressKey, now));
  }

  /** When a duration that starts now is over, in Unix milliseconds. */
  #until(duration: string | undefined): Result<number> {
    if (duration === undefined || duration.trim() === "forever") return { value: Infinity };
    const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(duration.trim()) ?? [];
    const milliseconds = Number(number) * (UNITS[unit ?? ""] ?? NaN);
    if (!(milliseconds > 0 && milliseconds <= MAX_DURATION)) {
      return { error: protocolError("invalid_duration") };
    }
    return { value: this.clock.now() + milliseconds };
  }
}

/** Whether a ban includes the operator who sets it. */
function isOwn({ kind, key, range }: BanTarget, by: Member): boolean {
  return kind === "name" ? key === by.key : by.isWithin(range);
}

/** When a ban or mute ends; absent for ever. */
function untilOf(until: number): { until?: number } {
  return until === Infinity ? {} : { until };
}

function untilText(until: number): string {
  return ` until ${localTimeText(until)}`;
}
