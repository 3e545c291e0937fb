import { nameKey } from "../../protocol/mod.ts";
import { addressBits, addressKey, type AddressRange } from "../addresses/network_address.ts";
import type { Subscriber } from "../fanout/audience.ts";
import type { TokenBucket } from "../scheduling/token_bucket.ts";
import type { Room } from "./room.ts";

/** What a member is from the start. */
export interface MemberInit {
  /** Empty for a client that listens without a name. */
  readonly name: string;
  /** Number of their session; 0 for one that cannot be resumed. */
  readonly session: number;
  /** IP address, for operators. */
  readonly address: string;
  /** Whether the password of the name was given. */
  readonly isAuthenticated: boolean;
  readonly isOperator: boolean;
  /** Whether the others get no `joined` and `left` of this one; default: false. */
  readonly listens?: boolean;
}

/** Who somebody is in the chat. How they are connected is their session's affair. */
export class Member {
  #name: string;
  #key: string;
  /** Number of their session; 0 for one that cannot be resumed. */
  readonly session: number;
  #address: string;
  #addressKey: string;
  #addressBits: string;
  isAuthenticated: boolean;
  isOperator: boolean;
  /** Whether the others get no `joined` and `left` of this one. */
  readonly listens: boolean;
  /** The room they are in; set by the hub. */
  room!: Room;
  /** Number of the room's last message when they came into it. */
  roomSince = 0;
  /** Where what they are told goes; absent while their connection is broken. */
  subscriber: Subscriber | undefined;
  /** Who whispered to them last, for `/reply`. */
  lastWhisperFrom: Member | undefined;
  /** Number of the last whisper to them. */
  lastWhisper = 0;
  /** What they said when they went away; absent while they are here. */
  away: string | undefined;
  /** Whom they do not want to hear: the key of the name that they gave, and of the one that this person
   * has now. Kept by the hub. */
  readonly ignored = new IgnoredNames();
  /** The numbers of what they said while the connection broke, by its `id`: a client sends it again
   * when it does not know whether it arrived. A room that was left has no number. Absent where
   * nothing is to be sent again. */
  acknowledgedIds: ReadonlyMap<string, number | undefined> | undefined;
  /** Pays for what they ask of the server, also over the next connection; absent without a limit. */
  bucket: TokenBucket | undefined;
  /** True from the resumption of their session until what was missed is sent. */
  isReplaying = false;
  /** The key of the name that they have registered: one a session. */
  registeredKey: string | undefined;
  /** Ends the connection, after a last word. The member leaves for good where they are kicked, or
   * `isForGood`. Set by their session. */
  dismiss: (reason: "kicked" | "replaced", text: string, isForGood?: boolean) => void = () => {};

  constructor(init: MemberInit) {
    this.#name = init.name;
    this.#key = nameKey(init.name);
    this.session = init.session;
    this.#address = init.address;
    this.#addressKey = addressKey(init.address);
    this.#addressBits = addressBits(init.address) ?? "";
    this.isAuthenticated = init.isAuthenticated;
    this.isOperator = init.isOperator;
    this.listens = init.listens === true || init.name === "";
  }

  /** Whether they have a connection. */
  get isConnected(): boolean {
    return this.subscriber !== undefined || this.isReplaying;
  }

  /** IP address, for operators. */
  get address(): string {
    return this.#address;
  }

  set address(address: string) {
    this.#address = address;
    this.#addressKey = addressKey(address);
    this.#addressBits = addressBits(address) ?? "";
  }

  /** The key by which the address is counted and muted. */
  get addressKey(): string {
    return this.#addressKey;
  }

  /** Whether the address lies in a range. */
  isWithin({ bits }: AddressRange): boolean {
    return this.#addressBits.startsWith(bits);
  }

  get name(): string {
    return this.#name;
  }

  /** The form of the name by which it is unique. */
  get key(): string {
    return this.#key;
  }

  /** Whether they do not want to hear somebody whose name has this key, or had it when they said so. */
  ignores(key: string): boolean {
    return this.ignored.has(key);
  }

  /** Called by the hub alone, which keeps names unique. */
  rename(name: string): void {
    this.#name = name;
    this.#key = nameKey(name);
  }
}

/**
 * Whom one member ignores: the key of the name that they gave, and of the one that this user has now.
 *
 * To ask for a name takes the same time however many there are: it is asked for each message of a
 * history.
 */
export class IgnoredNames implements Iterable<readonly [chosen: string, current: string]> {
  readonly #current = new Map<string, string>();
  /** The chosen keys by the current one. */
  readonly #chosen = new Map<string, Set<string>>();

  /** How many there are. */
  get size(): number {
    return this.#current.size;
  }

  /** Whether a key is one that was given, or one that such a user has now. */
  has(key: string): boolean {
    return this.#current.has(key) || this.#chosen.has(key);
  }

  /** Adds a name by its key. */
  set(chosen: string, current: string): void {
    this.#delete(chosen);
    this.#current.set(chosen, current);
    this.#chosen.set(current, (this.#chosen.get(current) ?? new Set()).add(chosen));
  }

  /** Removes the names that were given by this key, or now have it. @returns all keys of theirs. */
  remove(key: string): ReadonlySet<string> {
    const removed = new Set<string>();
    for (const chosen of [...this.#chosen.get(key) ?? [], key]) {
      const current = this.#delete(chosen);
      if (current !== undefined) removed.add(chosen).add(current);
    }
    return removed;
  }

  /** A user who is ignored has another name. */
  follow(from: string, to: string): void {
    for (const chosen of [...this.#chosen.get(from) ?? []]) this.set(chosen, to);
  }

  /** The keys that were given, and those that these users have now. */
  [Symbol.iterator](): Iterator<readonly [chosen: string, current: string]> {
    return this.#current.entries();
  }

  #delete(chosen: string): string | undefined {
    const current = this.#current.get(chosen);
    if (current === undefined) return undefined;
    this.#current.delete(chosen);
    const others = this.#chosen.get(current)!;
    others.delete(chosen);
    if (others.size === 0) this.#chosen.delete(current);
    return current;
  }
}
