import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { type Alarm, startAlarm } from "../../bench/alarm.ts";

function ring(alarm: Alarm): Promise<void> {
  return new Promise((resolve) => alarm.onRing = resolve);
}

Deno.test("alarm: rings after its time, again and again", async () => {
  const alarm = await startAlarm();
  for (const milliseconds of [20, 0.3, 0, 5, 1.5]) {
    const start = performance.now();
    alarm.set(milliseconds);
    await ring(alarm);
    // The shared clock tells a quarter of a microsecond.
    assertGreaterOrEqual(performance.now() - start, milliseconds - 0.001);
  }
  alarm.close();
});

Deno.test("alarm: rings once", async () => {
  const alarm = await startAlarm();
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
