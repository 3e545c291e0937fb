/**
 * The thread that searches the history: see `search_thread.ts`.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../scheduling/clock.ts";
import { HistorySearch, type RoomQuery } from "./history_search.ts";
import type { SearchReply, SearchRequest, SearchWorkerData } from "./search_thread.ts";

/** Milliseconds of work on the index, and of the rest after it, which leaves the processor to others. */
const SLICE_MILLISECONDS = 20;
const REST_MILLISECONDS = 20;

const { historyPath, indexPath } = workerData as SearchWorkerData;
const search = new HistorySearch(historyPath, indexPath, () => systemClock.monotonic());
let isUpdating = false;
let isStopped = false;

parentPort?.on("message", (request: SearchRequest) => {
  if (request === "stop") return stop();
  if (request !== "update") answer(request.query);
  if (!isUpdating) schedule(0);
});

/** Searches, and then adds to the index for as long as that took: with one search after another, long ones
 * would leave no time for what makes them short. */
function answer(query: RoomQuery): void {
  let milliseconds = 0;
  try {
    const result = search.search(query);
    ({ milliseconds } = result);
    reply({ result });
  } catch (error) {
    reply({ failure: String(error) });
  }
  search.update(milliseconds);
}

function reply(reply: SearchReply): void {
  parentPort?.postMessage(reply);
}

function schedule(milliseconds: number): void {
  isUpdating = true;
  setTimeout(() => {
    isUpdating = false;
    if (!isStopped && search.update(SLICE_MILLISECONDS)) schedule(REST_MILLISECONDS);
  }, milliseconds);
}

function stop(): void {
  isStopped = true;
  search.close();
  reply("stopped");
}
