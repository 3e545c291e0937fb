import { nameKey } from "../../protocol/mod.ts";
import type { Subscriber } from "../fanout/audience.ts";
import { addressBits, addressKey, type AddressRange } from "../addresses/network_address.ts";
import { IgnoredNames } from "./ignored_names.ts";
import type { Room } from "./room.ts";
import type { TokenBucket } from "../scheduling/token_bucket.ts";

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
