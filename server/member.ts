import { nameKey } from "../protocol/mod.ts";
import type { Subscriber } from "./fanout.ts";
import type { Room } from "./room.ts";

/** Who somebody is in the chat. How they are connected is their session's affair. */
export class Member {
  #name: string;
  #key: string;
  /** The room they are in; set by the hub. */
  room!: Room;
  /** Who whispered to them last, for `/reply`. */
  lastWhisperFrom: string | undefined;

  /** @param subscriber where what they are told goes. */
  constructor(name: string, readonly subscriber: Subscriber) {
    this.#name = name;
    this.#key = nameKey(name);
  }

  get name(): string {
    return this.#name;
  }

  /** The form of the name by which it is unique. */
  get key(): string {
    return this.#key;
  }

  /** Called by the hub alone, which keeps names unique. */
  rename(name: string): void {
    this.#name = name;
    this.#key = nameKey(name);
  }
}
