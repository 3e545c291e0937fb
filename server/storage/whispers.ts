import { detached } from "../../protocol/mod.ts";
import { LargestFirst } from "./largest_first.ts";
import { MAX_STORED_WHISPERS, type StoredWhisper } from "./store.ts";

/** At this number the whispers of a session are cut back to {@link MAX_STORED_WHISPERS}, not one by one. */
const WHISPERS_BEFORE_CUT = 2 * MAX_STORED_WHISPERS;

/** Maximum memory of whispers, in bytes. */
export interface WhisperLimits {
  /** Of one session: about 30 of the longest texts. */
  readonly session: number;
  /** Of all sessions. */
  readonly total: number;
}

/** 256 KiB and 64 MiB. */
export const DEFAULT_WHISPER_LIMITS: WhisperLimits = {
  session: 256 * 1024,
  total: 64 * 1024 * 1024,
};

/** Share of the total for whispers to broken connections. */
const OWED_SHARE = 3 / 4;

/** Share of the free part of {@link OWED_SHARE} that one session may take: the last session of a
 * thousand still has room for some, and the total is never reached. */
const FREE_SHARE = 1 / 8;

/** Estimated bytes of a whisper beside its text and its id. */
const WHISPER_OVERHEAD = 256;

interface Box {
  readonly receiver: number;
  /** In the order of their numbers. */
  readonly whispers: StoredWhisper[];
  bytes: number;
  /** Number and bytes of the whispers, from the end, that wait for a broken connection. */
  owed: number;
  owedBytes: number;
}

/**
 * The whispers that sessions may have missed.
 *
 * 1. A whisper to a broken connection is owed: it is never dropped. The caller checks with
 *    {@link canStore} before it accepts one.
 * 2. A whisper to an open connection may be lost with that connection: the last ones are kept, and
 *    the oldest are dropped at a bound.
 * 3. When all whispers together reach the total, the session with the most of the second kind loses
 *    its oldest.
 */
export class KeptWhispers {
  readonly #boxes = new Map<number, Box>();
  /** By the bytes that are not owed. */
  readonly #droppable = new LargestFirst<Box>();
  #owedBytes = 0;

  /** @param onDropped receives the number of the last whisper that a session lost at a bound. */
  constructor(
    private readonly limits: WhisperLimits,
    private readonly onDropped: (receiver: number, number: number) => void,
  ) {}

  get bytes(): number {
    return this.#droppable.total + this.#owedBytes;
  }

  /** Whether one more whisper to a broken connection can be kept. */
  canStore(to: number, text: string, id: string | undefined): boolean {
    const box = this.#boxes.get(to);
    const free = this.limits.total * OWED_SHARE - this.#owedBytes;
    const limit = Math.min(this.limits.session, free * FREE_SHARE);
    return (box?.owed ?? 0) < MAX_STORED_WHISPERS &&
      (box?.owedBytes ?? 0) + whisperBytes(text, id) <= limit;
  }

  /** Adds a whisper with a larger number than those before it. */
  add(to: number, whisper: StoredWhisper, isOwed: boolean): void {
    let box = this.#boxes.get(to);
    if (box === undefined) {
      box = { receiver: to, whispers: [], bytes: 0, owed: 0, owedBytes: 0 };
      this.#boxes.set(to, box);
    }
    const bytes = bytesOf(whisper);
    box.whispers.push(withOwnText(whisper));
    box.bytes += bytes;
    if (isOwed) {
      box.owed++;
      box.owedBytes += bytes;
      this.#owedBytes += bytes;
    }
    if (box.whispers.length > WHISPERS_BEFORE_CUT) this.#drop(box, MAX_STORED_WHISPERS);
    while (box.bytes > this.limits.session && this.#drop(box, 1));
    this.#droppable.set(box, box.bytes - box.owedBytes);
    while (this.bytes > this.limits.total) {
      const largest = this.#droppable.largest();
      if (largest === undefined) break;
      this.#drop(largest, 1);
      this.#droppable.set(largest, largest.bytes - largest.owedBytes);
    }
  }

  /** The session has a connection again: nothing is owed to it. */
  settle(to: number): void {
    const box = this.#boxes.get(to);
    if (box === undefined) return;
    this.#owedBytes -= box.owedBytes;
    box.owed = 0;
    box.owedBytes = 0;
    this.#droppable.set(box, box.bytes);
  }

  /** The whispers to a session with larger numbers, in order. */
  after(to: number, number: number): StoredWhisper[] {
    return (this.#boxes.get(to)?.whispers ?? []).filter((whisper) => whisper.number > number);
  }

  remove(to: number): void {
    const box = this.#boxes.get(to);
    if (box === undefined) return;
    this.#boxes.delete(to);
    this.#owedBytes -= box.owedBytes;
    this.#droppable.set(box, 0);
  }

  /** Drops the oldest whispers that are not owed. @returns whether any was dropped. */
  #drop(box: Box, count: number): boolean {
    const dropped = box.whispers.splice(0, Math.min(count, box.whispers.length - box.owed));
    const last = dropped.at(-1);
    if (last === undefined) return false;
    for (const whisper of dropped) box.bytes -= bytesOf(whisper);
    this.onDropped(box.receiver, last.number);
    return true;
  }
}

/** Bytes in memory: V8 takes one or two per UTF-16 unit. */
function whisperBytes(text: string, id = ""): number {
  return WHISPER_OVERHEAD + 2 * (text.length + id.length);
}

function bytesOf({ frame, id }: StoredWhisper): number {
  return whisperBytes(frame.text, id);
}

/** Text and id are slices of a chunk from a socket, and would keep all of it in memory. */
function withOwnText(whisper: StoredWhisper): StoredWhisper {
  const { frame, id } = whisper;
  return {
    ...whisper,
    frame: { ...frame, text: detached(frame.text) },
    id: id === undefined ? undefined : detached(id),
  };
}

/** Maximum memory of the ids of whispers. */
export interface IdLimits {
  /** Ids of one sender: the number that a client queues while it is offline, and then sends at
   * once. */
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

/** Estimated bytes of an id beside its characters: a string and its entry in a set. */
const ID_OVERHEAD = 64;

/** The last ids of a sender, oldest first. */
interface Sender {
  readonly ids: Set<string>;
  /** One iterator for all deletions: a new one would pass over every deleted entry. */
  readonly oldest: Iterator<string>;
  bytes: number;
}

/**
 * The ids of the accepted whispers, by their sender: a client sends a whisper again when the
 * connection breaks before the acknowledgement arrives.
 *
 * At a bound the oldest ids are dropped: first of the sender itself, then of the sender with the most.
 */
export class WhisperedIds {
  readonly #senders = new Map<number, Sender>();
  readonly #sizes = new LargestFirst<Sender>();

  constructor(private readonly limits: IdLimits) {}

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
    sender.bytes += idBytes(id);
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
  sender.bytes -= idBytes(id);
}

function idBytes(id: string): number {
  return ID_OVERHEAD + 2 * id.length;
}
