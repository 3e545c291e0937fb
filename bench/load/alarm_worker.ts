/**
 * The thread of an alarm: it sleeps.
 *
 * @module
 */

import { type AlarmHandle, type AlarmMemory, alarmMemory, sharedTime } from "./alarm.ts";

/** Members of a worker's global scope that the main thread lacks. */
interface WorkerScope {
  onmessage: (event: MessageEvent<AlarmHandle>) => void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data: { memory, port } }) => {
  while (sleep(alarmMemory(memory))) port.postMessage("ring");
  scope.close();
};

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
