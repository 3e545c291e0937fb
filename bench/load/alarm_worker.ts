/**
 * The thread of an alarm: it sleeps.
 *
 * @module
 */

import { parentPort } from "node:worker_threads";
import { type AlarmHandle, type AlarmMemory, alarmMemory, sharedTime } from "./alarm.ts";

parentPort!.on("message", ({ memory, port }: AlarmHandle) => {
  while (sleep(alarmMemory(memory))) port.postMessage("ring");
  parentPort!.unref();
});

/** Sleeps until the set time, which may change meanwhile. @returns false at the end. */
function sleep({ settings, due }: AlarmMemory): boolean {
  while (true) {
    const setting = Atomics.load(settings, 0);
    if (Atomics.load(settings, 1) === 1) return false;
    const time = due[0]!;
    const left = time - sharedTime();
    if (left <= 0) {
      due[0] = Infinity;
      return true;
    }
    // Returns at once if it was set since.
    Atomics.wait(settings, 0, setting, left);
  }
}
