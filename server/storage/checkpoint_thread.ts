import { Worker } from "node:worker_threads";
import type { CheckpointResult } from "./checkpoint.ts";

/** What came of a request; neither when the thread itself is broken and there will be no other. */
export interface CheckpointReply {
  readonly result?: CheckpointResult;
  readonly failure?: string;
}

/** Somebody who makes checkpoints elsewhere. */
export interface CheckpointThread {
  /** Asks for a checkpoint. There is one reply to each request. */
  request(): void;
  stop(): void;
}

/** Starts the thread of `checkpoint_worker.ts`. It does not keep a program from ending. */
export function startCheckpointThread(
  path: string,
  onReply: (reply: CheckpointReply) => void,
): CheckpointThread {
  const worker = new Worker(new URL("./checkpoint_worker.ts", import.meta.url), {
    workerData: path,
  });
  worker.on("message", onReply);
  worker.on("error", () => onReply({}));
  worker.on("exit", () => onReply({}));
  worker.unref();
  return {
    request: () => worker.postMessage("checkpoint"),
    stop: () => void worker.terminate(),
  };
}
