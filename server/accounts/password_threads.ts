import { Buffer } from "node:buffer";
import { Worker } from "node:worker_threads";
import { type DeriveKey, deriveKey, type ScryptCost } from "./key_derivation.ts";

/** A request to a thread. */
export interface KeyRequest {
  readonly password: string;
  readonly salt: Uint8Array;
  readonly cost: ScryptCost;
}

interface Derivation extends KeyRequest {
  resolve(key: Buffer | Promise<Buffer>): void;
}

/** Sent by a thread that is ready, and the key for a request. */
export type KeyReply = "ready" | Uint8Array;

/** As many keys are derived at once where there are cores for it: see `password.ts`. */
const MAX_THREADS = 2;

/**
 * Derives keys of passwords on threads of their own, with a lower priority where a thread can have one
 * (Linux).
 *
 * A derivation takes a core for some 100 ms. With the priority of the network it slows all clients on a
 * machine with few cores: the p99 of a whisper beside hostile clients was 42 ms, and 34 ms with a lower
 * priority (server and its threads on one core).
 *
 * Threads start when they are needed, and stay. Nothing waits for a start, which takes up to a second: keys
 * are derived in the runtime's pool meanwhile, and always after a thread has failed.
 */
export class PasswordThreads {
  readonly #threads = new Set<Worker>();
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Derivation>();
  #isUsable = true;

  /** @param start starts a thread of `password_worker.ts`; a test passes another one. */
  constructor(private readonly start: () => Worker = startThread) {}

  readonly derive: DeriveKey = (password, salt, cost) => {
    const worker = this.#idle.pop();
    if (worker === undefined) {
      this.#addThread();
      return deriveKey(password, salt, cost);
    }
    return new Promise((resolve) => {
      this.#busy.set(worker, { password, salt, cost, resolve });
      // A key that a program waits for keeps the process alive.
      worker.ref();
      const request: KeyRequest = { password, salt, cost };
      worker.postMessage(request);
    });
  };

  /** Ends the threads. Keys that are being derived, and later ones, come from the pool. */
  close(): void {
    for (const worker of this.#threads) {
      this.#failed(worker);
      void worker.terminate();
    }
    this.#isUsable = false;
  }

  /** Starts one thread at a time. */
  #addThread(): void {
    const isStarting = this.#threads.size > this.#busy.size + this.#idle.length;
    if (!this.#isUsable || isStarting || this.#threads.size === MAX_THREADS) return;
    try {
      const worker = this.start();
      this.#threads.add(worker);
      worker.on("message", (reply: KeyReply) => this.#replied(worker, reply));
      worker.on("error", () => this.#failed(worker));
      worker.on("exit", () => this.#failed(worker));
      worker.unref();
    } catch {
      this.#isUsable = false;
    }
  }

  #replied(worker: Worker, reply: KeyReply): void {
    if (!this.#threads.has(worker)) return;
    this.#idle.push(worker);
    if (reply === "ready") return;
    worker.unref();
    const derivation = this.#busy.get(worker);
    this.#busy.delete(worker);
    derivation?.resolve(Buffer.from(reply));
  }

  #failed(worker: Worker): void {
    if (!this.#threads.delete(worker)) return;
    this.#isUsable = false;
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
    const derivation = this.#busy.get(worker);
    if (derivation === undefined) return;
    this.#busy.delete(worker);
    const { password, salt, cost, resolve } = derivation;
    resolve(deriveKey(password, salt, cost));
  }
}

function startThread(): Worker {
  return new Worker(new URL("./password_worker.ts", import.meta.url));
}
