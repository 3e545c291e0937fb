import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { type Alarm, alarmOf, startAlarmThread, timerAlarm } from "../../bench/alarm.ts";

function ring(alarm: Alarm): Promise<void> {
  return new Promise((resolve) => alarm.onRing = resolve);
}

const ALARMS = { "a thread": () => alarmOf(startAlarmThread()), "a timer": timerAlarm };

for (const [kind, create] of Object.entries(ALARMS)) {
  Deno.test(`alarm of ${kind}: rings after its time, again and again`, async () => {
    const alarm = create();
    for (const milliseconds of [20, 0.3, 0, 5, 1.5]) {
      const start = performance.now();
      alarm.set(milliseconds);
      await ring(alarm);
      // The clocks of the two threads were read at different moments.
      assertGreaterOrEqual(performance.now() - start, milliseconds - 0.1);
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
