import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import {
  type Alarm,
  alarmMemory,
  alarmOf,
  endAlarmThread,
  startAlarmThread,
  timerAlarm,
} from "../../../bench/load/alarm.ts";
import { eventually } from "../../support/eventually.ts";

function ring(alarm: Alarm): Promise<void> {
  return new Promise((resolve) => alarm.onRing = resolve);
}

const ALARMS = { "a thread": () => alarmOf(startAlarmThread()), "a timer": timerAlarm };

for (const [kind, create] of Object.entries(ALARMS)) {
  Deno.test(`alarm of ${kind}: rings when it is time, again and again`, async () => {
    const alarm = create();
    for (const milliseconds of [20, 0.3, 0, 5, 1.5]) {
      const start = performance.now();
      const due = start + milliseconds;
      let rings = 0;
      // A timer may be early, by a clock that the event loop has read before: then it is set to what is
      // left. Of a thread only the clocks were read at different moments.
      for (let left = milliseconds; rings === 0 || left > 0; left = due - performance.now()) {
        alarm.set(left);
        await ring(alarm);
        rings++;
        if (kind === "a thread") {
          assertGreaterOrEqual(performance.now() - start, milliseconds - 0.1);
        }
      }
      assertLess(rings, 5, `${milliseconds} ms`);
    }
    alarm.close();
  });
}

for (const [kind, create] of Object.entries(ALARMS)) {
  Deno.test(`alarm of ${kind}: rings once each time that it is set`, async () => {
    const alarm = create();
    for (const milliseconds of [0, 5]) {
      let rings = 0;
      alarm.onRing = () => rings++;
      alarm.set(milliseconds);
      await eventually(() => rings > 0, "a ring");
      await new Promise((resolve) => setTimeout(resolve, 30));
      assertEquals(rings, 1, `${milliseconds} ms`);
    }
    alarm.close();
  });
}

Deno.test("alarm of a thread: its thread can be ended by another, for good", async () => {
  const handle = startAlarmThread();
  const alarm = alarmOf(handle);
  const rung = ring(alarm);
  alarm.set(0);
  await rung;
  const { settings } = alarmMemory(handle.memory);
  // A thread that sleeps is woken.
  await eventually(() => Atomics.notify(settings, 0) === 1, "a sleeping thread");
  endAlarmThread(handle);
  let rings = 0;
  alarm.onRing = () => rings++;
  alarm.set(0);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assertEquals([Atomics.notify(settings, 0), rings], [0, 0]);
  alarm.close();
});
