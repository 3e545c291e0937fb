/**
 * A thread that derives keys of passwords: see `password_threads.ts`.
 *
 * @module
 */

import { setPriority } from "node:os";
import process from "node:process";
import { parentPort } from "node:worker_threads";
import { deriveKeyHere } from "./key_derivation.ts";
import type { KeyReply, KeyRequest } from "./password_threads.ts";

/** Niceness of this thread, 0 to 19. With 5 it gets a quarter of a core that the network wants, too: with the
 * lowest priority a login beside hostile clients took up to 1.6 s. */
const NICENESS = 5;

lowerPriority();

parentPort?.on("message", ({ password, salt, cost }: KeyRequest) => {
  reply(deriveKeyHere(password, salt, cost));
});
reply("ready");

function reply(reply: KeyReply): void {
  parentPort?.postMessage(reply);
}

/** Lowers the priority of this thread. Elsewhere than on Linux it would be that of the process. */
function lowerPriority(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, NICENESS);
  } catch {
    // Without the permission the thread has the priority of the others.
  }
}
