import { assertEquals } from "@std/assert";
import type { Entry } from "../../../web/model/conversation.ts";
import { LogWindow } from "../../../web/model/log_window.ts";

const entriesOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ key: String(from + index) }) as Entry);

const AT_END = { isAtEnd: true, isNearStart: false, isNearEnd: true };
const IN_MIDDLE = { isAtEnd: false, isNearStart: false, isNearEnd: false };
const AT_START = { ...IN_MIDDLE, isNearStart: true };
const NEAR_END = { ...IN_MIDDLE, isNearEnd: true };

/** The first and the last selected key, and whether there are entries above and below. */
function borders(
  window: LogWindow,
  entries: readonly Entry[],
  place: Parameters<LogWindow["select"]>[1],
) {
  const selected = window.select(entries, place);
  const { hasEntriesAbove, hasEntriesBelow } = window;
  return [selected.at(0)?.key, selected.at(-1)?.key, hasEntriesAbove, hasEntriesBelow];
}

Deno.test("log window: shows the newest entries at the end, and all of a short conversation", () => {
  const window = new LogWindow();
  assertEquals(borders(window, [], AT_END), [undefined, undefined, false, false]);
  assertEquals(borders(window, entriesOf(0, 9), AT_END), ["0", "8", false, false]);
  assertEquals(borders(window, entriesOf(0, 900), AT_END), ["700", "899", true, false]);
});

Deno.test("log window: stays in place while entries are added, and moves with the user", () => {
  const window = new LogWindow();
  window.select(entriesOf(0, 900), AT_END);
  assertEquals(borders(window, entriesOf(0, 2000), IN_MIDDLE), ["700", "899", true, true]);
  assertEquals(borders(window, entriesOf(0, 2000), AT_START), ["600", "899", true, true]);
  for (let step = 0; step < 3; step++) window.select(entriesOf(0, 2000), AT_START);
  // The largest window: what is far below is not shown any more.
  assertEquals(borders(window, entriesOf(0, 2000), IN_MIDDLE), ["300", "699", true, true]);
  assertEquals(borders(window, entriesOf(0, 2000), NEAR_END), ["400", "799", true, true]);
  assertEquals(borders(window, entriesOf(0, 2000), AT_END), ["1800", "1999", true, false]);
});

Deno.test("log window: older entries that are loaded or dropped do not move it", () => {
  const window = new LogWindow();
  window.select(entriesOf(500, 600), AT_END);
  assertEquals(borders(window, entriesOf(450, 600), IN_MIDDLE), ["500", "599", true, false]);
  assertEquals(borders(window, entriesOf(450, 600), AT_START), ["450", "599", false, false]);
  assertEquals(borders(window, entriesOf(520, 700), IN_MIDDLE), ["520", "599", false, true]);
  window.reset();
  assertEquals(borders(window, entriesOf(0, 3), IN_MIDDLE), ["0", "2", false, false]);
});

Deno.test("log window: shows the entries around a found one", () => {
  const window = new LogWindow();
  const entries = entriesOf(0, 900);
  window.select(entries, AT_END);
  window.moveTo(entries, 250);
  assertEquals(borders(window, entries, IN_MIDDLE), ["150", "350", true, true]);
  window.moveTo(entries, 20);
  assertEquals(borders(window, entries, IN_MIDDLE), ["0", "120", false, true]);
  window.moveTo(entries, 899);
  assertEquals(borders(window, entries, IN_MIDDLE), ["799", "899", true, false]);
});
