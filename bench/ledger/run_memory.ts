import { type LedgerMemory, ledgerMemory } from "./ledger.ts";
import { mutexMemory } from "./mutex.ts";
import { type SendWindowMemory, sendWindowMemory } from "./send_window.ts";
import { type TotalOrderMemory, totalOrderMemory } from "./total_order.ts";

/** Memory that all threads of a run share. It can be posted to them and is not copied then. */
export interface RunMemory {
  readonly window: SendWindowMemory;
  readonly ledger: LedgerMemory;
  /** Only if the order of all messages is checked. */
  readonly order?: TotalOrderMemory;
  /** By sender: when its last message was complete, in microseconds. */
  readonly doneAt: Float64Array;
  /** By thread: number of open connections. */
  readonly connected: Int32Array;
  /** Held while a message is sent or a connection lost. */
  readonly mutex: Int32Array;
  /** By thread: how often other threads have completed messages of its senders. */
  readonly wakes: Int32Array;
  /** By sender: the thread of its connection. */
  readonly threadOf: Int32Array;
}

/** Size of a {@link RunMemory}. */
export interface RunMemoryOptions {
  /** By thread: number of senders. */
  readonly sendersByThread: readonly number[];
  /** Messages that a sender may have in flight. */
  readonly window: number;
  /** Messages have a time at which they are due. */
  readonly isPaced: boolean;
  /** The order of all messages is checked. Default false. */
  readonly isOrdered?: boolean;
}

/** Allocates the memory that all threads of a run share. */
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

/** What a thread shares with the others of its run: open connections, and completed messages. */
export class ThreadLinks {
  readonly #memory: RunMemory;
  readonly #thread: number;
  /** Threads with senders whose messages were completed here. */
  readonly #toWake = new Set<number>();

  constructor(memory: RunMemory, thread: number) {
    this.#memory = memory;
    this.#thread = thread;
  }

  /** Adds connections of this thread. */
  open(connections: number): void {
    Atomics.add(this.#memory.connected, this.#thread, connections);
  }

  /** Removes a connection of this thread. */
  close(): void {
    Atomics.sub(this.#memory.connected, this.#thread, 1);
  }

  /** Number of open connections of all threads. */
  get connections(): number {
    const { connected } = this.#memory;
    let sum = 0;
    for (let thread = 0; thread < connected.length; thread++) {
      sum += Atomics.load(connected, thread);
    }
    return sum;
  }

  /** Number of threads with receivers of what an open connection of this thread sends. */
  get receivingThreads(): number {
    const { connected } = this.#memory;
    let threads = 0;
    for (let thread = 0; thread < connected.length; thread++) {
      const senders = thread === this.#thread ? 1 : 0;
      if (Atomics.load(connected, thread) > senders) threads++;
    }
    return threads;
  }

  /** A message of another thread's sender is complete: {@link wakeOthers} wakes that thread. */
  release(sender: number): void {
    this.#toWake.add(this.#memory.threadOf[sender]!);
  }

  /** Wakes the threads that may send again. */
  wakeOthers(): void {
    if (this.#toWake.size === 0) return;
    const { wakes } = this.#memory;
    for (const thread of this.#toWake) {
      Atomics.add(wakes, thread, 1);
      Atomics.notify(wakes, thread);
    }
    this.#toWake.clear();
  }

  /** How often other threads have completed messages that were sent here. */
  get wakes(): number {
    return Atomics.load(this.#memory.wakes, this.#thread);
  }

  /** Waits until {@link wakes} is no longer this number, or until {@link endWait}. */
  async wokenSince(wakes: number): Promise<void> {
    await Atomics.waitAsync(this.#memory.wakes, this.#thread, wakes).value;
  }

  endWait(): void {
    Atomics.notify(this.#memory.wakes, this.#thread);
  }
}
