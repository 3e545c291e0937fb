/**
 * The thread that makes checkpoints: each message is a request for one.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";
import { checkpointFile, type CheckpointReply } from "./checkpointer.ts";

const path = workerData as string;

parentPort?.on("message", () => {
  let reply: CheckpointReply;
  try {
    reply = { result: checkpointFile(path) };
  } catch (error) {
    reply = { failure: String(error) };
  }
  parentPort?.postMessage(reply);
});
