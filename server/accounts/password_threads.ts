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

/**
 * Derives keys of passwords on threads of their own, with a lower priority where a thread can have one
 * (Linux).
 *
 * A derivation takes a core for some 100 ms. With the priority of the network it slows all clients on a
 * machine with few cores: the p99 of a whisper beside hostile clients was 42 ms, and 34 ms with a lower
 * priority (server and its threads on one core). Threads start when they are needed and stay; each derives
 * one key at a time. If one fails, keys are derived in the runtime's pool.
 */
export class PasswordThreads {
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Derivation>();
  #isUsable = true;

  /** @param start starts a thread of `password_worker.ts`; a test passes another one. */
  constructor(private readonly start: () => Worker = startThread) {}

  readonly derive: DeriveKey = (password, salt, cost) => {
    const worker = this.#take();
    if (worker === undefined) return deriveKey(password, salt, cost);
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
    this.#isUsable = false;
    const workers = [...this.#idle.splice(0), ...this.#busy.keys()];
    for (const worker of workers) {
      this.#failed(worker);
      void worker.terminate();
    }
  }

  #take(): Worker | undefined {
    if (!this.#isUsable) return undefined;
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    try {
      const worker = this.start();
      worker.on("message", (key: Uint8Array) => this.#derived(worker, key));
      worker.on("error", () => this.#failed(worker));
      worker.on("exit", () => this.#failed(worker));
      return worker;
    } catch {
      this.#isUsable = false;
      return undefined;
    }
  }

  #derived(worker: Worker, key: Uint8Array): void {
    const derivation = this.#busy.get(worker);
    if (derivation === undefined) return;
    this.#busy.delete(worker);
    worker.unref();
    this.#idle.push(worker);
    derivation.resolve(Buffer.from(key));
  }

  #failed(worker: Worker): void {
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
