import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { type Alarm, alarmOf, startAlarmThread, timerAlarm } from "../../../bench/load/alarm.ts";

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
  Deno.test(`alarm of ${kind}: rings once`, async () => {
    const alarm = create();
    let rings = 0;
    alarm.set(0);
    await new Promise<void>((resolve) => {
      alarm.onRing = () => {
        if (++rings === 1) alarm.set(30);
        else resolve();
      };
    });
    alarm.close();
    assertEquals(rings, 2);
  });
}
