import { assertEquals } from "@std/assert";
import { localTimeText } from "../../protocol/timestamps.ts";

const ZONES: readonly (readonly [zone: string, text: string])[] = [
  ["UTC", "2026-01-31 23:30 UTC, 2026-07-01 00:00 UTC, +275760-09-13 00:00 UTC"],
  [
    "Europe/Berlin",
    "2026-02-01 00:30 UTC+01:00, 2026-07-01 02:00 UTC+02:00, an unknown time",
  ],
  [
    "America/New_York",
    "2026-01-31 18:30 UTC-05:00, 2026-06-30 20:00 UTC-04:00, +275760-09-12 20:00 UTC-04:00",
  ],
  [
    "Asia/Kolkata",
    "2026-02-01 05:00 UTC+05:30, 2026-07-01 05:30 UTC+05:30, an unknown time",
  ],
];
for (const [zone, text] of ZONES) {
  Deno.test(`timestamps: dates and times are local, as in ${zone}`, async () => {
    const { href } = new URL("../../protocol/timestamps.ts", import.meta.url);
    const code = `import { localTimeText } from "${href}";
      const times = [Date.UTC(2026, 0, 31, 23, 30), Date.UTC(2026, 6, 1), 8.64e15];
      console.log(times.map(localTimeText).join(", "));`;
    const process = new Deno.Command(Deno.execPath(), { args: ["eval", code], env: { TZ: zone } });
    const { stdout } = await process.output();
    assertEquals(new TextDecoder().decode(stdout).trim(), text);
  });
}

Deno.test("timestamps: an invalid time is shown as unknown", () => {
  for (const time of [NaN, Infinity, 9e15]) assertEquals(localTimeText(time), "an unknown time");
});
