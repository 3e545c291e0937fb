import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { RoomQuery } from "./history_search.ts";
import type { SearchResult } from "./store.ts";

/** The files of a search. */
export interface SearchWorkerData {
  readonly historyPath: string;
  readonly indexPath: string;
}

/** A request to the thread: a search, the update of the index after messages were deleted, or the end. */
export type SearchRequest = { readonly query: RoomQuery } | "update" | "stop";

/** The reply to a search, with its result or why the history could not be read; or to `stop`. */
export type SearchReply =
  | { readonly result: SearchResult }
  | { readonly failure: string }
  | "stopped";

/** Maximum number of searches that wait for their result; they are done one after another. */
const MAX_WAITING_SEARCHES = 64;

interface Waiting {
  readonly query: RoomQuery;
  resolve(result: SearchResult): void;
  reject(error: Error): void;
}

/** Searches the history on a thread of its own, which starts with the first search. */
export class SearchThread {
  #worker: Worker | undefined;
  /** The first one is being done. */
  readonly #waiting: Waiting[] = [];
  #isBroken = false;

  constructor(private readonly files: SearchWorkerData) {}

  /** Whether the thread has failed and does not reply any more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING_SEARCHES;
  }

  /** @throws Error when the history cannot be read. */
  async search(query: RoomQuery): Promise<SearchResult> {
    return await new Promise<SearchResult>((resolve, reject) => {
      this.#waiting.push({ query, resolve, reject });
      if (this.#waiting.length === 1) this.#post({ query });
    });
  }

  /** Removes the words of deleted messages from the index, if there is one. */
  messagesDeleted(): void {
    if (this.#isBroken) return;
    if (this.#worker !== undefined || existsSync(this.files.indexPath)) this.#post("update");
  }

  /** Ends the thread after the current search. It has to close its files itself. */
  close(): void {
    this.#fail("the store is closed");
  }

  #post(request: SearchRequest): void {
    if (this.#isBroken) return this.#fail("the thread has ended");
    try {
      this.#worker ??= this.#start();
      this.#worker.postMessage(request);
      // A search that a program waits for keeps the process alive.
      if (this.#waiting.length > 0) this.#worker.ref();
    } catch (error) {
      this.#fail(String(error));
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL("./search_worker.ts", import.meta.url), {
      workerData: this.files,
    });
    worker.on("message", (reply: SearchReply) => {
      if (reply === "stopped") void worker.terminate();
      else if (this.#worker === worker) this.#replied(reply);
    });
    worker.on("error", (error) => this.#fail(String(error)));
    worker.on("exit", () => this.#fail("the thread has ended"));
    worker.unref();
    return worker;
  }

  #replied(reply: Exclude<SearchReply, "stopped">): void {
    const done = this.#waiting.shift();
    const [next] = this.#waiting;
    if (next !== undefined) this.#post({ query: next.query });
    else this.#worker?.unref();
    if ("result" in reply) done?.resolve(reply.result);
    else done?.reject(new Error(reply.failure));
  }

  #fail(reason: string): void {
    this.#isBroken = true;
    this.#worker?.unref();
    this.#worker?.postMessage("stop");
    this.#worker = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`Cannot search: ${reason}`));
  }
}
