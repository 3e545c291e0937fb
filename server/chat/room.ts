import { MAX_MEMBERS_TOLD_BY_NAME } from "../../protocol/mod.ts";
import { Audience } from "../fanout/audience.ts";

/** Members whose coming and going one second of summaries may cost: a summary to 10,000 members is
 * 10,000 writes, some 80 ms, so it is told every two seconds, which is 4 % of one core. */
const MEMBERS_PER_SECOND = 5000;

/** Somebody in a room, as far as the room needs them. */
export interface RoomMember {
  readonly name: string;
  readonly away: string | undefined;
  readonly address: string;
}

/** A room: who is in it, what its last message's number was, and who came and went untold. */
export class Room {
  readonly members = new Set<RoomMember>();
  /** Users who listen with a name; they are not in {@link members}. */
  readonly listeners = new Set<RoomMember>();
  /** Clients that listen without a name. */
  readonly nameless = new Set<RoomMember>();
  readonly audience = new Audience();
  /** Sequence number of the last message. */
  seq = 0;
  /** What the room is about. */
  topic: string | undefined;
  /** Sessions that may come back to this room: it stays for them. */
  resumable = 0;
  /** Address key of the client that made it; absent where it was stored, or is permanent. */
  madeBy: string | undefined;
  #joined = 0;
  #left = 0;
  #toldAt = 0;

  /** @param isPermanent whether it stays when its last member leaves. */
  constructor(readonly name: string, readonly key: string, readonly isPermanent: boolean) {}

  /** Members and listeners with a name. */
  get size(): number {
    return this.members.size + this.listeners.size;
  }

  /** True while it has neither members nor listeners. */
  get isEmpty(): boolean {
    return this.size + this.nameless.size === 0;
  }

  /** True while joins and leaves are told by name; a larger room tells numbers. */
  get tellsByName(): boolean {
    return this.members.size <= MAX_MEMBERS_TOLD_BY_NAME;
  }

  /** Counts somebody who came, for the next summary. */
  countJoined(): void {
    this.#joined++;
  }

  /** Counts somebody who left, for the next summary. */
  countLeft(): void {
    this.#left++;
  }

  /**
   * What the next summary says, if there is something to say and it is time.
   *
   * @param now monotonic milliseconds.
   */
  takePresence(now: number): { joined: number; left: number } | undefined {
    if (this.#joined === 0 && this.#left === 0) return undefined;
    if (now - this.#toldAt < 1000 * this.members.size / MEMBERS_PER_SECOND) return undefined;
    const presence = { joined: this.#joined, left: this.#left };
    this.#joined = 0;
    this.#left = 0;
    this.#toldAt = now;
    return presence;
  }
}
