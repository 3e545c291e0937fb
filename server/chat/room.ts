import { MAX_MEMBERS_ANNOUNCED_BY_NAME } from "../../protocol/mod.ts";
import { Audience } from "../fanout/audience.ts";

/** Members to whom one summary of joins and leaves per second is sent: a summary to 10,000 members is
 * 10,000 writes, some 80 ms, so it is sent every two seconds, which is 4 % of one core. */
const MEMBERS_PER_SECOND = 5000;

export interface RoomMember {
  readonly name: string;
  readonly away: string | undefined;
  readonly address: string;
  readonly isOperator: boolean;
}

/** A room: its members, the number of its last message, and the joins and leaves of the next summary. */
export class Room {
  readonly members = new Set<RoomMember>();
  /** Users who listen with a name; they are not in {@link members}. */
  readonly listeners = new Set<RoomMember>();
  /** Clients that listen without a name. */
  readonly nameless = new Set<RoomMember>();
  readonly audience: Audience;
  /** Number of the last message. */
  seq = 0;
  topic: string | undefined;
  /** Number of sessions that may be resumed in this room: it exists while this is not 0. */
  resumable = 0;
  /** Whether it got a message of a script: in memory it stays without clients. */
  isKept = false;
  /** True once the room is not in use any more: its name may be that of another one. */
  isClosed = false;
  /** Address key of the client that created it; absent for stored and permanent rooms. */
  madeBy: string | undefined;
  #joined = 0;
  #left = 0;
  #summarizedAt = 0;

  /** @param isPermanent whether it exists without members, which may change. */
  constructor(readonly name: string, readonly key: string, public isPermanent: boolean) {
    this.audience = new Audience(name);
  }

  /** Members and listeners with a name. */
  get size(): number {
    return this.members.size + this.listeners.size;
  }

  /** Members and listeners, also those without a name. */
  get clients(): number {
    return this.size + this.nameless.size;
  }

  /** True while it has neither members nor listeners. */
  get isEmpty(): boolean {
    return this.clients === 0;
  }

  /** Whether a client is in the room, as a member or a listener. */
  has(client: RoomMember): boolean {
    return this.members.has(client) || this.listeners.has(client) || this.nameless.has(client);
  }

  /** True while joins and leaves are announced by name; larger rooms get summaries. */
  get announcesByName(): boolean {
    return this.members.size <= MAX_MEMBERS_ANNOUNCED_BY_NAME;
  }

  countJoined(): void {
    this.#joined++;
  }

  countLeft(): void {
    this.#left++;
  }

  /**
   * The numbers of the next summary, if they are not 0 and it is due.
   *
   * @param now monotonic milliseconds.
   */
  takePresence(now: number): { joined: number; left: number } | undefined {
    if (this.#joined === 0 && this.#left === 0) return undefined;
    if (now - this.#summarizedAt < 1000 * this.members.size / MEMBERS_PER_SECOND) return undefined;
    const presence = { joined: this.#joined, left: this.#left };
    this.#joined = 0;
    this.#left = 0;
    this.#summarizedAt = now;
    return presence;
  }
}
