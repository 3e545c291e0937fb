import {
  type MessageChannel as NodeMessageChannel,
  type MessagePort,
  Worker,
} from "node:worker_threads";

/** Rings once, after the time that it was last set to. */
export interface Alarm {
  /** Called when it rings, perhaps some microseconds early, since the clocks of threads differ. */
  onRing: () => void;
  /** Must not be called while it is set. */
  set(milliseconds: number): void;
  close(): void;
}

/** Memory shared with the alarm's thread. */
export interface AlarmMemory {
  /** A count that changes when the alarm is set, and 1 when its thread is to end. */
  readonly settings: Int32Array;
  /** Milliseconds of {@link sharedTime}; `Infinity` while it is not set. */
  readonly due: Float64Array;
}

/** Bytes of an {@link AlarmMemory}. */
const MEMORY_BYTES = 16;

export function alarmMemory(buffer: SharedArrayBuffer): AlarmMemory {
  return { settings: new Int32Array(buffer, 0, 2), due: new Float64Array(buffer, 8, 1) };
}

/** Milliseconds of a clock that all threads of this program share. */
export function sharedTime(): number {
  return performance.timeOrigin + performance.now();
}

/** Passes an alarm from the thread that has started it to the one that uses it. */
export interface AlarmHandle {
  readonly memory: SharedArrayBuffer;
  /** Rings. To be transferred. */
  readonly port: MessagePort;
}

/**
 * Starts the thread of an alarm that is a tenth of a millisecond late and not one or two.
 *
 * The timers of a runtime count whole milliseconds and round up: one that is set to 1 ms took 1.1 to
 * 2.1 ms, which is more than a fast server needs for an answer. So a thread of its own sleeps until
 * the time, by `Atomics.wait`, which the system's clock ends, and then sends a message: measured, half
 * of those came within 0.15 ms. Turning in a loop until the time is as exact, and takes a whole core.
 *
 * To be called on the main thread: a thread that is started from another takes a second (Deno 2.9).
 *
 * @returns the handle that the thread to be woken passes to {@link alarmOf}.
 */
export function startAlarmThread(): AlarmHandle {
  const worker = new Worker(new URL("./alarm_worker.ts", import.meta.url));
  const memory = new SharedArrayBuffer(MEMORY_BYTES);
  // The types have two kinds of channels; the runtime has one.
  const { port1, port2 } = new MessageChannel() as unknown as NodeMessageChannel;
  alarmMemory(memory).due[0] = Infinity;
  worker.postMessage({ memory, port: port1 } satisfies AlarmHandle, [port1]);
  return { memory, port: port2 };
}

/** Ends the thread of an alarm. To terminate one that sleeps takes two seconds. */
export function endAlarmThread({ memory }: Pick<AlarmHandle, "memory">): void {
  const { settings } = alarmMemory(memory);
  Atomics.store(settings, 1, 1);
  wake(settings);
}

/** Has the thread of an alarm read its memory again. */
function wake(settings: Int32Array): void {
  Atomics.add(settings, 0, 1);
  Atomics.notify(settings, 0);
}

/** The alarm of a thread. It ends with `close`, or with the {@link endAlarmThread} of another thread. */
export function alarmOf({ memory, port }: AlarmHandle): Alarm {
  const { settings, due } = alarmMemory(memory);
  const alarm: Alarm = {
    onRing: () => {},
    set(milliseconds) {
      due[0] = sharedTime() + milliseconds;
      wake(settings);
    },
    close() {
      port.close();
      endAlarmThread({ memory });
    },
  };
  (port as unknown as { onmessage: () => void }).onmessage = () => alarm.onRing();
  return alarm;
}

/** An alarm in the thread itself, as exact as the runtime's timers. */
export function timerAlarm(): Alarm {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alarm: Alarm = {
    onRing: () => {},
    set: (milliseconds) => timer = setTimeout(() => alarm.onRing(), milliseconds),
    close: () => clearTimeout(timer),
  };
  return alarm;
}
