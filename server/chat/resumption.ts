import { createHash } from "node:crypto";
import {
  CONNECTION_LOST,
  MAX_FIELD_LENGTHS,
  nameKey,
  type ProtocolError,
  protocolError,
  type Resume,
} from "../../protocol/mod.ts";
import type { Clock } from "../scheduling/clock.ts";
import { FairPool } from "../scheduling/fair_pool.ts";
import type { Hub } from "./hub.ts";
import type { Result } from "../result.ts";
import { Member } from "./member.ts";
import type { Membership } from "./membership.ts";
import { Replay } from "./replay.ts";
import type { Room } from "./room.ts";
import type { Store } from "../storage/store.ts";
import type { TokenBucket } from "../scheduling/token_bucket.ts";

/** Milliseconds after the end of its connection for which a session can be resumed. */
const RESUMABLE_MILLISECONDS = 5 * 60_000;

/** Minimum limit of sessions without a connection, for any limit of clients. */
export const MIN_DISCONNECTED_SESSIONS = 10_000;

/** A session that is open, or can be resumed. */
interface Entry {
  readonly number: number;
  readonly tokenHash: string;
  /** Key of the address from which it was last connected. */
  key: string;
  /** Absent once the others got `left`. */
  member: Member | undefined;
  name: string;
  memberships: readonly Membership[];
  isAuthenticated: boolean;
  /** False for a session of an earlier run of the server, until it is resumed. */
  isOfThisRun: boolean;
  lastWhisper: number;
  /** State of a member who has expired, for its resumption. */
  saved: {
    readonly ignored: readonly (readonly [name: string, currentName: string])[];
    readonly away: string | undefined;
    readonly lastWhisperFrom: Member | undefined;
    readonly bucket: TokenBucket | undefined;
  };
  /** Monotonic milliseconds; absent while the session has a connection. */
  brokenAt: number | undefined;
}

/**
 * Takes a place among the clients for a connection that resumes a session.
 *
 * @param member the one that resumes, if it is in the chat: it may have a place.
 * @returns the error if no place is free.
 */
export type TakePlace = (member: Member | undefined) => ProtocolError | undefined;

/** The member of a resumed session, and the replay for it. */
export interface Resumed {
  readonly member: Member;
  readonly replay: Replay;
}

/**
 * Sessions that outlive their connections.
 *
 * 1. When a connection breaks, its member stays in its rooms for the grace period, and the others get
 *    no frame. Then the member expires: the others get `left`.
 * 2. Until {@link RESUMABLE_MILLISECONDS} after the break, a client with the token gets back the name, if no
 *    other client has taken it, and the rooms, and exactly the missed messages.
 * 3. With a store on the disk, the same holds across a restart of the server.
 * 4. Tokens are stored as hashes only.
 * 5. Sessions without a connection are bounded in number: for one more, the oldest of the address with
 *    the most is removed.
 */
export class Resumption {
  readonly #byHash = new Map<string, Entry>();
  readonly #byNumber = new Map<number, Entry>();
  /** Sessions without a connection, in the order in which their connections broke. */
  readonly #broken: FairPool<Entry>;

  /**
   * @param graceMilliseconds time between the end of a connection and `left`.
   * @param maxDisconnected maximum number of sessions without a connection.
   */
  constructor(
    private readonly hub: Hub,
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly graceMilliseconds: number,
    maxDisconnected = MIN_DISCONNECTED_SESSIONS,
  ) {
    this.#broken = new FairPool(maxDisconnected);
  }

  /**
   * Restores the sessions of the store: their members are in the chat, without a connection. Members
   * who had left are added when they resume.
   *
   * Of two sessions with the same name the newer one gets it: it began when the other had left.
   */
  restore(): void {
    const oldestFirst = this.store.sessions.all().toSorted((a, b) => a.number - b.number);
    for (const stored of oldestFirst) {
      const { number, tokenHash, name, isAuthenticated, hasLeft } = stored;
      if (!hasLeft) this.freeName(name);
      const isRefused = !hasLeft && this.#nameFault(name, isAuthenticated) !== undefined;
      const memberships = isRefused ? [] : stored.rooms.flatMap(({ name, since }) => {
        const room = this.hub.rooms.open(name).value;
        return room === undefined ? [] : [{ room, since }];
      });
      const hasNoRoom = memberships.length === 0 && stored.rooms.length > 0;
      if (isRefused || hasNoRoom) {
        this.store.sessions.remove(number);
        continue;
      }
      const init = { name, session: number, address: "", isAuthenticated, isOperator: false };
      const member = hasLeft ? new Member(init) : this.hub.reserve(init, memberships, false);
      const last = this.store.sessions.whispersAfter(number, stored.lastWhisper).at(-1);
      member.lastWhisper = last?.number ?? stored.lastWhisper;
      const entry = this.#add(member, tokenHash, memberships);
      entry.isOfThisRun = false;
      if (hasLeft) entry.member = undefined;
      this.#addBroken(entry, member);
    }
  }

  /** Name of a token's session; `undefined` for an unknown token. */
  nameOf(token: string): string | undefined {
    return this.#byHash.get(hashOf(token))?.name;
  }

  /** The member with a token's session; `undefined` for an unknown token, and once the member has left. */
  memberOf(token: string): Member | undefined {
    return this.#byHash.get(hashOf(token))?.member;
  }

  /** Whether a token's session was opened or resumed since the server started. Before, the server may
   * have had another password. */
  isOfThisRun(token: string): boolean {
    return this.#byHash.get(hashOf(token))?.isOfThisRun === true;
  }

  /** Makes the member's session resumable with this token. */
  open(member: Member, token: string): void {
    this.#save(this.#add(member, hashOf(token), [...member.memberships]));
  }

  /** Stores another name or other rooms of the member. */
  changed(member: Member): void {
    const entry = this.#byNumber.get(member.session);
    if (entry === undefined) return;
    entry.name = member.name;
    entry.isAuthenticated = member.isAuthenticated;
    this.#setMemberships(entry, [...member.memberships]);
    this.#save(entry);
  }

  /** Keeps the session of a member whose connection broke. @returns whether it can be resumed. */
  onDisconnect(member: Member): boolean {
    const entry = this.#byNumber.get(member.session);
    if (entry === undefined) return false;
    entry.lastWhisper = member.lastWhisper;
    member.heldFrames = undefined;
    this.hub.detach(member);
    this.#save(entry);
    this.#addBroken(entry, member);
    if (this.graceMilliseconds === 0) this.expire(member);
    return true;
  }

  /** Moves the sessions of a deleted room to another one. */
  relocate(from: Room, into: Room): void {
    for (const entry of this.#byNumber.values()) {
      if (!entry.memberships.some(({ room }) => room === from)) continue;
      const others = entry.memberships.filter(({ room }) => room !== from);
      const rest = others.length > 0 ? others : [{ room: into, since: into.seq }];
      this.#setMemberships(entry, [...entry.member?.memberships ?? rest]);
      this.#save(entry);
    }
  }

  /** Removes the session of a member who does not return. */
  close(member: Member): void {
    const entry = this.#byNumber.get(member.session);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Ends the grace period of a member whose connection is broken: the others get `left`. */
  expire(member: Member): void {
    const entry = this.#byNumber.get(member.session);
    if (entry === undefined || entry.brokenAt === undefined) return;
    entry.member = undefined;
    entry.lastWhisper = member.lastWhisper;
    const { ignored, away, lastWhisperFrom, bucket } = member;
    entry.saved = { ignored: [...ignored], away, lastWhisperFrom, bucket };
    this.#save(entry);
    this.hub.unregister(member, { reason: CONNECTION_LOST });
  }

  /** Takes a name from its holder, since another client has sent the password. */
  takeName(name: string): void {
    const holder = this.hub.members.find(name);
    if (holder?.isConnected === true) {
      const text = holder.isAuthenticated
        ? `The owner of the name ${holder.name} has logged in over another connection.`
        : `The owner of the name ${holder.name} has logged in. Choose another name.`;
      holder.dismiss("replaced", text, true);
      this.hub.unregister(holder);
      this.close(holder);
    }
    this.freeName(name);
  }

  /**
   * Logs out the member and the sessions of an account that was removed or changed.
   *
   * @param isNotified whether the member gets a notice.
   */
  logOut(key: string, isNotified = true): void {
    for (const entry of this.#byNumber.values()) {
      if (!entry.isAuthenticated || nameKey(entry.name) !== key) continue;
      entry.isAuthenticated = false;
      this.#save(entry);
    }
    const member = this.hub.members.find(key);
    if (member === undefined || !member.isAuthenticated) return;
    this.hub.setRights(member, { isAuthenticated: false, isOperator: false });
    if (!isNotified) return;
    this.hub.notify(member, {
      type: "notice",
      text: `The account ${member.name} was changed: you are not logged in to it any more.`,
    });
  }

  /** Takes a name, and its look-alikes, from members without a connection. */
  freeName(name: string): void {
    for (const holder of this.hub.members.findLookAlikes(name)) {
      if (!holder.isConnected) this.expire(holder);
    }
  }

  /** Expires members and removes old sessions; called every second. */
  tick(): void {
    const now = this.clock.monotonic();
    for (const entry of this.#broken) {
      const age = now - entry.brokenAt!;
      if (age < this.graceMilliseconds) break;
      if (entry.member !== undefined) this.expire(entry.member);
      if (age >= RESUMABLE_MILLISECONDS) this.#remove(entry);
    }
  }

  /**
   * Resumes a session.
   *
   * The caller runs the replay, and attaches the new connection with its last page.
   *
   * @param takePlace called once the session can be resumed, before anything changes.
   * @param listens whether a member who had left resumes without a `joined` frame.
   */
  resume(
    resume: Resume,
    address: string,
    takePlace: TakePlace,
    listens = false,
  ): Result<Resumed> {
    const entry = this.#byHash.get(hashOf(resume.session));
    if (entry === undefined) return { error: protocolError("cannot_resume") };
    const error = (entry.member === undefined ? this.#readmissionError(entry) : undefined) ??
      takePlace(entry.member);
    if (error !== undefined) return { error };
    if (entry.member === undefined) this.#readmit(entry, address, listens);
    else if (entry.brokenAt === undefined) {
      // The client has detected the end of the connection before the server.
      this.hub.detach(entry.member);
      entry.member.dismiss("replaced", "This session goes on over another connection.");
    }
    const member = entry.member!;
    member.address = address;
    entry.brokenAt = undefined;
    entry.isOfThisRun = true;
    this.#broken.delete(entry);
    member.heldFrames ??= [];
    const replay = new Replay(this.store, member, resume, () => this.clock.now());
    return { value: { member, replay } };
  }

  /** The error of an expired session whose member cannot be in the chat again. */
  #readmissionError({ name, isAuthenticated }: Entry): ProtocolError | undefined {
    const error = this.#nameFault(name, isAuthenticated);
    if (error !== undefined) return error;
    // The name may have been registered since this session had it.
    const isProtected = this.store.accounts?.find(nameKey(name)) !== undefined;
    return isProtected && !isAuthenticated ? protocolError("cannot_resume") : undefined;
  }

  /** Adds the member of an expired session again. */
  #readmit(entry: Entry, address: string, listens: boolean): void {
    const { name, number: session, isAuthenticated, saved } = entry;
    const init = { name, session, address, isAuthenticated, isOperator: false, listens };
    const member = this.hub.reserve(init, entry.memberships, true);
    member.lastWhisper = entry.lastWhisper;
    member.away = saved.away;
    member.lastWhisperFrom = saved.lastWhisperFrom;
    member.bucket = saved.bucket;
    for (const names of saved.ignored) this.hub.ignore(member, ...names);
    entry.member = member;
    this.#save(entry);
  }

  /** The error of a session that cannot have its name again. */
  #nameFault(name: string, isAuthenticated: boolean): ProtocolError | undefined {
    const { members } = this.hub;
    if (name === "") return undefined;
    if (!isAuthenticated) return members.checkFree(name).error;
    if (name.length > MAX_FIELD_LENGTHS.name) return protocolError("name_invalid", "too long");
    // Neither look-alikes nor the rules for new names concern the owner of a name.
    return members.find(name) === undefined ? undefined : protocolError("name_taken", name);
  }

  /** Adds a session without a connection, and removes another one past the limit. */
  #addBroken(entry: Entry, member: Member): void {
    this.#broken.delete(entry);
    entry.key = member.addressKey;
    entry.brokenAt = this.clock.monotonic();
    const evicted = this.#broken.add(entry);
    if (evicted === undefined) return;
    if (evicted.member !== undefined) this.expire(evicted.member);
    this.#remove(evicted);
  }

  #add(member: Member, tokenHash: string, memberships: readonly Membership[]): Entry {
    const entry: Entry = {
      number: member.session,
      tokenHash,
      key: member.addressKey,
      member,
      name: member.name,
      memberships,
      isAuthenticated: member.isAuthenticated,
      isOfThisRun: true,
      lastWhisper: member.lastWhisper,
      saved: { ignored: [], away: undefined, lastWhisperFrom: undefined, bucket: undefined },
      brokenAt: undefined,
    };
    for (const { room } of memberships) room.resumable++;
    this.#byHash.set(tokenHash, entry);
    this.#byNumber.set(entry.number, entry);
    return entry;
  }

  #remove(entry: Entry): void {
    this.#byHash.delete(entry.tokenHash);
    this.#byNumber.delete(entry.number);
    this.#broken.delete(entry);
    this.store.sessions.remove(entry.number);
    this.#setMemberships(entry, []);
  }

  /** Keeps the rooms of a session in use, and no longer those that it had before. */
  #setMemberships(entry: Entry, memberships: readonly Membership[]): void {
    const before = entry.memberships;
    entry.memberships = memberships;
    for (const { room } of memberships) room.resumable++;
    for (const { room } of before) {
      room.resumable--;
      this.hub.rooms.release(room);
    }
  }

  #save({ number, tokenHash, name, memberships, member, ...entry }: Entry): void {
    const { isAuthenticated, lastWhisper } = entry;
    this.store.sessions.save({
      number,
      tokenHash,
      name,
      rooms: memberships.map(({ room, since }) => ({ name: room.name, since })),
      isAuthenticated,
      lastWhisper,
      // After a restart a listener is not online before it resumes.
      hasLeft: member === undefined || member.listens,
    });
  }
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
