import { type Clock, systemClock } from "../scheduling/clock.ts";
import { RowBans } from "./bans.ts";
import { MemoryHistory } from "./memory_history.ts";
import { MemorySessions } from "./memory_sessions.ts";
import { RowMutes } from "./mutes.ts";
import type { Ban, Mute, Store, StoreOptions, StoreStatistics, Topic } from "./store.ts";
import { RowTopics } from "./topics.ts";

/** Messages kept a room in memory. */
export const DEFAULT_MEMORY_HISTORY_LIMIT = 1000;

/**
 * Makes a store that lives as long as the server.
 *
 * @param options `historyLimit` is 1000 by default; `sync` means nothing here.
 */
export function createMemoryStore(
  options: Partial<StoreOptions> = {},
  clock: Pick<Clock, "monotonic"> = systemClock,
): Store {
  return new MemoryStore(options.historyLimit ?? DEFAULT_MEMORY_HISTORY_LIMIT, clock);
}

class MemoryStore implements Store {
  readonly history: MemoryHistory;
  readonly sessions = new MemorySessions();
  readonly knownAddresses = new Map<string, readonly string[]>();
  readonly bans = new RowBans(new Map<string, Ban>());
  readonly mutes = new RowMutes(new Map<string, Mute>());
  readonly topics = new RowTopics(new Map<string, Topic>());
  readonly failure = undefined;
  #commits = 0;
  #commitSeconds = 0;

  constructor(historyLimit: number, private readonly clock: Pick<Clock, "monotonic">) {
    this.history = new MemoryHistory(historyLimit);
  }

  get statistics(): StoreStatistics {
    const { messages, bytes } = this.history.stored;
    return {
      messages,
      bytes,
      dropped: 0,
      heldBytes: this.history.heldBytes,
      diskBytes: 0,
      commits: this.#commits,
      commitSeconds: this.#commitSeconds,
    };
  }

  forgetRoom(roomKey: string): void {
    this.history.forget(roomKey);
    this.topics.save(roomKey, undefined);
  }

  commit(): void {
    const start = this.clock.monotonic();
    if (!this.history.commit()) return;
    this.#commits++;
    this.#commitSeconds += (this.clock.monotonic() - start) / 1000;
  }

  close(): undefined {
    this.commit();
  }
}
