import {
  checkName,
  cleanLine,
  localTimeText,
  nameKey,
  type ProtocolError,
  protocolError,
  shorten,
} from "../../protocol/mod.ts";
import type { Clock } from "../scheduling/clock.ts";
import type { Result } from "../result.ts";
import type { Member } from "./member.ts";
import { type Ban, type BanTarget, banTargetOf, type Mute } from "../storage/bans.ts";
import type { Store } from "../storage/store.ts";

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Texts that look like an address or a range. Invalid ones are refused, not banned as names. */
const LIKE_ADDRESS = /^((?=.*[.*/])[\d.*/]+|[\da-f:.]*:[\da-f:.*]*(\/.*)?)$/i;

/** Maximum number of bans, and of mutes. */
export const MAX_BANS = 10_000;
const MAX_MUTES = 10_000;

/** Milliseconds between two searches for expired bans and mutes. */
const PRUNE_INTERVAL = 60_000;

/** Maximum length of a stored reason, in characters. */
export const MAX_REASON_LENGTH = 200;

/** Maximum duration: ten years. */
const MAX_DURATION = 3650 * UNITS["d"]!;

/** The reason in the form that is stored and sent; absent if it is blank. */
export function reasonOf(given: string | undefined): { reason?: string } {
  const reason = shorten(cleanLine(given ?? "").trim(), MAX_REASON_LENGTH);
  return reason === "" ? {} : { reason };
}

export interface BanTerms {
  /** Such as `10m`; by default the ban never expires. */
  readonly duration?: string | undefined;
  readonly reason?: string | undefined;
  /** Whether operators may ban themselves; default false. */
  readonly force?: boolean | undefined;
}

/** Bans and mutes. */
export class Moderation {
  #lastPruned = -Infinity;

  constructor(
    private readonly store: Pick<Store, "bans" | "mutes">,
    private readonly clock: Clock,
  ) {}

  /**
   * Removes expired bans and mutes once per minute; called every second.
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

  /** The error for a banned name or address; `undefined` where neither is banned. */
  banError(name: string | undefined, address: string): ProtocolError | undefined {
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
   * @returns the target: an address or a range in its canonical text.
   */
  ban(by: Member, target: string, terms: BanTerms = {}): Result<BanTarget> {
    const { duration, reason, force = false } = terms;
    const until = this.#until(duration);
    if (until.error !== undefined) return until;
    const banned = banTargetOf(target);
    const { kind, key } = banned;
    const fault = kind === "name" ? nameFault(target) : undefined;
    if (fault !== undefined) return { error: fault };
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

  /** Removes a ban. @returns whether it existed. */
  unban(target: string): boolean {
    const { kind, key } = banTargetOf(target);
    return this.store.bans.remove(kind, key);
  }

  bans(): { readonly total: number; readonly all: Iterable<Ban> } {
    this.#prune();
    const { bans } = this.store;
    return { total: bans.size, all: bans.all() };
  }

  /**
   * Refuses messages for a time: under this name, and under any name from the same address without a
   * password.
   *
   * @param muted a member, or only the key of a name that is not online, such as that of a script.
   */
  mute(
    by: Member,
    { key, addressKey: address }: { readonly key: string; readonly addressKey?: string },
    duration?: string,
  ): Result<true> {
    const until = this.#until(duration);
    if (until.error !== undefined) return until;
    const { mutes } = this.store;
    if (mutes.size >= MAX_MUTES && mutes.find(key, this.clock.now()) === undefined) {
      this.#prune();
      if (mutes.size >= MAX_MUTES) return { error: protocolError("too_many_mutes", MAX_MUTES) };
    }
    const place = address === undefined ? undefined : { address };
    mutes.save({ key, ...place, by: by.name, ...untilOf(until.value) });
    return { value: true };
  }

  /**
   * Removes the mute of a name, and of the address that was muted with it.
   *
   * @param member with that name, if any: its address is no longer muted, either.
   * @returns whether a mute existed.
   */
  unmute(key: string, member: Member | undefined): boolean {
    const { mutes } = this.store;
    const removed = mutes.remove(key);
    if (removed?.address !== undefined) mutes.removeAddress(removed.address);
    if (member === undefined || this.#muteOf(member) === undefined) return removed !== undefined;
    mutes.removeAddress(member.addressKey);
    return true;
  }

  /** The error of a muted member. Costs one comparison while there are no mutes. */
  silence(member: Member): ProtocolError | undefined {
    if (this.store.mutes.size === 0) return undefined;
    const mute = this.#muteOf(member);
    if (mute === undefined) return undefined;
    return protocolError("muted", mute.until === undefined ? "" : untilText(mute.until));
  }

  /** The mute of a member's name, or of its address if the member has sent no password. */
  #muteOf({ key, addressKey, isAuthenticated, isOperator }: Member): Mute | undefined {
    const { mutes } = this.store;
    const now = this.clock.now();
    return mutes.find(key, now) ??
      (isAuthenticated || isOperator ? undefined : mutes.findByAddress(addressKey, now));
  }

  /** The end of a duration that starts now, in Unix milliseconds. */
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

function isOwn({ kind, key, range }: BanTarget, by: Member): boolean {
  return kind === "name" ? key === by.key : by.isWithin(range);
}

function nameFault(target: string): ProtocolError | undefined {
  if (LIKE_ADDRESS.test(target)) {
    const what = `"${cleanLine(target)}" is neither an address nor a range such as ` +
      "192.0.2.0/24 or 2001:db8::/48";
    return protocolError("invalid_frame", what);
  }
  const { fault } = checkName(target);
  return fault === undefined ? undefined : protocolError("name_invalid", fault);
}

/** The end of a ban or mute; absent if it never expires. */
function untilOf(until: number): { until?: number } {
  return until === Infinity ? {} : { until };
}

function untilText(until: number): string {
  return ` until ${localTimeText(until)}`;
}
