import { type LedgerMemory, ledgerMemory } from "./ledger.ts";
import { mutexMemory } from "./mutex.ts";
import { type SendWindowMemory, sendWindowMemory } from "./send_window.ts";
import { type TotalOrderMemory, totalOrderMemory } from "./total_order.ts";

/** What all threads of a run know together. It can be posted to them, and is not copied then. */
export interface RunMemory {
  readonly window: SendWindowMemory;
  readonly ledger: LedgerMemory;
  /** Only where the order of all messages is checked. */
  readonly order?: TotalOrderMemory;
  /** By sender: when its last message was done, in microseconds. */
  readonly doneAt: Float64Array;
  /** By thread: number of open connections. */
  readonly connected: Int32Array;
  /** Of those steps that change what several threads go by. */
  readonly mutex: Int32Array;
  /** By thread: how often another one has completed messages of its senders. */
  readonly wakes: Int32Array;
  /** By sender: the thread that sends for it. */
  readonly threadOf: Int32Array;
}

/** How large a {@link RunMemory} is to be. */
export interface RunMemoryOptions {
  /** How many senders each thread has. */
  readonly sendersByThread: readonly number[];
  /** Messages that a sender may have in flight. */
  readonly window: number;
  /** Messages have a time at which they are to be sent. */
  readonly isPaced: boolean;
  /** The order of all messages is checked. Default false. */
  readonly isOrdered?: boolean;
}

/** Makes what the threads of a run know together. */
export function runMemory(
  { sendersByThread, window, isPaced, isOrdered = false }: RunMemoryOptions,
): RunMemory {
  const threadOf = sendersByThread.flatMap((count, thread) => Array<number>(count).fill(thread));
  const senders = threadOf.length;
  const inFlight = sendWindowMemory(senders, window, isPaced);
  const mutex = mutexMemory();
  return {
    window: inFlight,
    ...isOrdered ? { order: totalOrderMemory(senders, inFlight.shift, mutex) } : undefined,
    ledger: ledgerMemory(senders),
    doneAt: new Float64Array(new SharedArrayBuffer(senders * 8)),
    connected: new Int32Array(new SharedArrayBuffer(sendersByThread.length * 4)),
    mutex,
    wakes: new Int32Array(new SharedArrayBuffer(sendersByThread.length * 4)),
    threadOf: sharedCopy(threadOf),
  };
}

function sharedCopy(numbers: readonly number[]): Int32Array {
  const copy = new Int32Array(new SharedArrayBuffer(numbers.length * 4));
  copy.set(numbers);
  return copy;
}
