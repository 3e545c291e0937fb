import { detached } from "../../protocol/mod.ts";
import { LargestFirst } from "./largest_first.ts";

/** What the ids in memory may take. */
export interface IdLimits {
  /** Ids of one sender: as many as a client queues while it is offline, and then sends at once. */
  readonly count: number;
  /** Bytes of one sender: enough for that many short ids. */
  readonly session: number;
  /** Bytes of all senders. */
  readonly total: number;
}

/** 10,000 ids and 1 MiB of one sender, 32 MiB of all. */
export const DEFAULT_ID_LIMITS: IdLimits = {
  count: 10_000,
  session: 1024 * 1024,
  total: 32 * 1024 * 1024,
};

/** Bytes that an id takes in memory beside its characters, about: a string and a place in a set. */
const ID_OVERHEAD = 64;

/** The last ids of a sender, oldest first. */
interface Sender {
  readonly ids: Set<string>;
  /** One iterator for all: a new one would pass over everything that was deleted before. */
  readonly oldest: Iterator<string>;
  bytes: number;
}

/**
 * The ids of the whispers that were accepted, by their sender: a client sends a whisper again when
 * the connection breaks before the acknowledgement arrives.
 *
 * At a bound the oldest ids go: first of the sender itself, then of the sender with the most.
 */
export class WhisperedIds {
  readonly #senders = new Map<number, Sender>();
  readonly #sizes = new LargestFirst<Sender>();

  constructor(private readonly limits: IdLimits) {}

  /** Bytes of all ids. */
  get bytes(): number {
    return this.#sizes.total;
  }

  add(by: number, id: string): void {
    let sender = this.#senders.get(by);
    if (sender === undefined) {
      const ids = new Set<string>();
      sender = { ids, oldest: ids.values(), bytes: 0 };
      this.#senders.set(by, sender);
    }
    if (sender.ids.has(id)) return;
    sender.ids.add(detached(id));
    sender.bytes += cost(id);
    const { count, session, total } = this.limits;
    while (sender.ids.size > count || sender.bytes > session) dropOldest(sender);
    this.#sizes.set(sender, sender.bytes);
    while (this.bytes > total) {
      const largest = this.#sizes.largest()!;
      dropOldest(largest);
      this.#sizes.set(largest, largest.bytes);
    }
  }

  has(by: number, id: string): boolean {
    return this.#senders.get(by)?.ids.has(id) ?? false;
  }

  /** Forgets a sender. */
  remove(by: number): void {
    const sender = this.#senders.get(by);
    if (sender === undefined) return;
    this.#senders.delete(by);
    this.#sizes.set(sender, 0);
  }
}

function dropOldest(sender: Sender): void {
  const id = sender.oldest.next().value as string;
  sender.ids.delete(id);
  sender.bytes -= cost(id);
}

function cost(id: string): number {
  return ID_OVERHEAD + 2 * id.length;
}
