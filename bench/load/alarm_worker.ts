/**
 * The thread of an alarm: it sleeps.
 *
 * @module
 */

import { type AlarmHandle, type AlarmMemory, alarmMemory, sharedTime } from "./alarm.ts";

/** What a worker's global scope has and the main thread's has not. */
interface WorkerScope {
  onmessage: (event: MessageEvent<AlarmHandle>) => void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data: { memory, port } }) => {
  while (sleep(alarmMemory(memory))) port.postMessage("ring");
  scope.close();
};

/** Sleeps until the time that is set, however often that changes. False if it is time to end. */
function sleep({ settings, due }: AlarmMemory): boolean {
  while (true) {
    const setting = Atomics.load(settings, 0);
    const time = due[0]!;
    if (time === -Infinity) return false;
    const left = time - sharedTime();
    if (left <= 0) {
      due[0] = Infinity;
      return true;
    }
    // Returns at once if it was set since.
    Atomics.wait(settings, 0, setting, left);
  }
}
