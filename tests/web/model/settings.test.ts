/** The settings of the page, as a browser has stored them. */

import { assertEquals } from "@std/assert";
import { DEFAULT_SETTINGS, parseSettings } from "../../../web/model/settings.ts";

Deno.test("settings: invalid values are ignored one by one", () => {
  assertEquals(parseSettings('{"theme":"dark","clock":12,"sound":"loud","notify":"on","x":1}'), {
    ...DEFAULT_SETTINGS,
    theme: "dark",
    notify: "on",
  });
  const invalid = [
    null,
    "",
    "null",
    "7",
    "[]",
    '"dark"',
    "{",
    '{"theme":["dark"]}',
    '{"__proto__":1}',
  ];
  for (const stored of invalid) assertEquals(parseSettings(stored), DEFAULT_SETTINGS, `${stored}`);
  assertEquals(parseSettings(JSON.stringify({ ...DEFAULT_SETTINGS, clock: "12" })).clock, "12");
});
