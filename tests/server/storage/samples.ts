import { Buffer } from "node:buffer";
import type { StoreEnvironment } from "../../../server/storage/sqlite_store.ts";
import type {
  Store,
  StoredMessage,
  StoredSession,
  StoredWhisper,
} from "../../../server/storage/store.ts";
import { FakeClock } from "../fakes.ts";
import { filesClosed } from "../../support/open_files.ts";

export const NOON = Date.UTC(2026, 0, 31, 12);

/** A message of a room, one second after the previous one. */
export function sampleMessage(seq: number, fields: Partial<StoredMessage> & {
  text?: string;
  room?: string;
  from?: string;
  action?: true;
  notice?: true;
} = {}): StoredMessage {
  const { by = 7, id, text = `message ${seq}`, room = "lobby", from = "Alice" } = fields;
  const { action, notice } = fields;
  const message = { type: "message" as const, seq, room, from, text, time: NOON + seq * 1000 };
  const kind = action ? { action } : notice && { notice };
  return { message: { ...message, ...kind }, by, id };
}

/** Adds messages `first` to `last`, `each` per turn. */
export function say(store: Store, first: number, last: number, each = 1, room = "lobby"): void {
  for (let seq = first; seq <= last; seq++) {
    store.history.append(room, sampleMessage(seq, { room }));
    if ((seq - first + 1) % each === 0) store.commit();
  }
  store.commit();
}

/** The numbers of all messages of a room. */
export function seqs(store: Store, room = "lobby", query = {}): number[] {
  return store.history.read(room, { limit: 1_000_000, ...query }).map(({ message }) => message.seq);
}

/** All numbers from one to another. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export function sampleSession(number: number, fields: Partial<StoredSession> = {}): StoredSession {
  return {
    number,
    tokenHash: `hash${number}`,
    name: `Name ${number}`,
    rooms: [{ name: "Lobby", since: 0 }],
    isAuthenticated: false,
    lastWhisper: 0,
    hasLeft: false,
    ...fields,
  };
}

export function sampleWhisper(number: number, by: number, id?: string): StoredWhisper {
  const text = `“psst” ${number}`;
  const frame = { type: "whisper" as const, from: "Bob", to: "Alice", text, time: NOON + number };
  return { frame, number, by, id };
}

/** An environment whose clock and timers are advanced by the test. */
export class FakeStoreEnvironment extends FakeClock implements StoreEnvironment {
  pendingLimits = { messages: 200_000, bytes: 64 * 1024 * 1024 };
  timers: { milliseconds: number; callback: () => void }[] = [];

  override after = (milliseconds: number, callback: () => void) => {
    const timer = { milliseconds, callback };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  };
}

/** Runs a test in a new directory, and deletes it. */
export async function inDirectory(
  test: (directory: string) => void | Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "hubbub-storage-" });
  try {
    await test(directory);
  } finally {
    await filesClosed(directory);
    await Deno.remove(directory, { recursive: true });
  }
}

/** Runs a program, and returns whether it succeeded. */
export function run(program: string, ...args: string[]): { success: boolean; output: string } {
  const { success, stdout, stderr } = new Deno.Command(program, { args }).outputSync();
  return { success, output: Buffer.from(stdout).toString() + Buffer.from(stderr).toString() };
}
