import { nameKey, type ServerFrame } from "../../protocol/mod.ts";
import { addressBits, addressKey, type AddressRange } from "../addresses/network_address.ts";
import type { Subscriber } from "../fanout/audience.ts";
import type { TokenBucket } from "../scheduling/token_bucket.ts";
import { Memberships } from "./membership.ts";
import type { Room } from "./room.ts";

/** What a member may do beyond others. */
export interface Rights {
  /** Whether the client has sent the password of the name. */
  readonly isAuthenticated: boolean;
  readonly isOperator: boolean;
}

/** The properties of a new member. */
export interface MemberInit extends Rights {
  /** Empty for a client that listens without a name. */
  readonly name: string;
  /** Number of the session; 0 for one that cannot be resumed. */
  readonly session: number;
  /** IP address, for operators. */
  readonly address: string;
  /** Whether the others get no `joined` and `left` of this one; default false. */
  readonly listens?: boolean;
  /** Whether its messages have arrived by a webhook; default false. */
  readonly isWebhook?: boolean;
}

/** The place of a message: empty for one to a room that the member has left. */
export type MessagePlace = { readonly room: string; readonly seq: number } | Record<never, never>;

/** A user in the chat. The connection belongs to the `Session`, which may be replaced. */
export class Member {
  #name: string;
  #key: string;
  readonly session: number;
  #address: string;
  #addressKey: string;
  #addressBits: string;
  /** Changed by the hub only, which announces it. */
  isAuthenticated: boolean;
  /** Changed by the hub only, which announces it. */
  isOperator: boolean;
  readonly listens: boolean;
  /** Whether its messages have arrived by a webhook: they are sent to no other one. */
  readonly isWebhook: boolean;
  /** Changed by the hub only. */
  readonly memberships = new Memberships();
  /** Receives the member's frames; absent while the connection is broken. */
  subscriber: Subscriber | undefined;
  /** Sender of the last whisper, for `/reply`. */
  lastWhisperFrom: Member | undefined;
  lastWhisper = 0;
  /** The text of `/away`; absent while the member is not away. */
  away: string | undefined;
  /** Changed by the hub only. */
  readonly ignored = new IgnoredNames();
  /** The rooms and numbers of the messages that were accepted before the connection broke, by `id`: a
   * client sends them again when it has no acknowledgement. Absent once the client sends a new message. */
  acknowledgedIds: ReadonlyMap<string, MessagePlace> | undefined;
  /** The rate limit, also over the next connection; absent without a limit. */
  bucket: TokenBucket | undefined;
  /** The frames that other clients cause between the resumption of the session and the end of its
   * replay, which sends them; absent at any other time. Changed by the hub and the replay. */
  heldFrames: ServerFrame[] | undefined;
  /** The key of the name that the session has registered: at most one. */
  registeredKey: string | undefined;
  /** Called after the member has entered another room. Set by the session. */
  entered: (room: Room) => void = () => {};
  /** Called after the member has other rights, or another name with them. Set by the session. */
  rightsChanged: (before: Rights & { readonly name: string }) => void = () => {};
  /** The ticket of the last connection, opaque here. Set by the session. */
  ticket: object | undefined;
  /** Ends the connection with a `bye`. The member does not return if it is kicked, or `isForGood`. Set
   * by the session. */
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
    this.isWebhook = init.isWebhook === true;
    this.listens = init.listens === true || init.name === "";
  }

  isIn(room: Room): boolean {
    return this.memberships.has(room);
  }

  get isConnected(): boolean {
    return this.subscriber !== undefined || this.heldFrames !== undefined;
  }

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

  /** Whether the member ignores the user whose name has this key, or had it at the time of
   * `/ignore`. */
  ignores(key: string): boolean {
    return this.ignored.has(key);
  }

  /** Called by the hub only, which keeps names unique. */
  rename(name: string): void {
    this.#name = name;
    this.#key = nameKey(name);
  }
}

/**
 * The names that one member ignores: the key of each name when it was ignored, and of the name that
 * the user has now.
 *
 * A lookup takes constant time: it is made for each message of a history.
 */
export class IgnoredNames implements Iterable<readonly [chosen: string, current: string]> {
  readonly #current = new Map<string, string>();
  /** The chosen keys by the current one. */
  readonly #chosen = new Map<string, Set<string>>();

  get size(): number {
    return this.#current.size;
  }

  /** Whether a key is one of an ignored name, or one that such a user has now. */
  has(key: string): boolean {
    return this.#current.has(key) || this.#chosen.has(key);
  }

  set(chosen: string, current: string): void {
    this.#delete(chosen);
    this.#current.set(chosen, current);
    this.#chosen.set(current, (this.#chosen.get(current) ?? new Set()).add(chosen));
  }

  /** Removes the names that had this key, or have it now. @returns all of their keys. */
  remove(key: string): ReadonlySet<string> {
    const removed = new Set<string>();
    for (const chosen of [...this.#chosen.get(key) ?? [], key]) {
      const current = this.#delete(chosen);
      if (current !== undefined) removed.add(chosen).add(current);
    }
    return removed;
  }

  /** Updates the key of an ignored user who was renamed. */
  follow(from: string, to: string): void {
    for (const chosen of [...this.#chosen.get(from) ?? []]) this.set(chosen, to);
  }

  /** Pairs of both keys. */
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
