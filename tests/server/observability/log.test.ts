import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  Log,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogEntry,
  logLine,
} from "../../../server/observability/log.ts";
import { hostileText } from "../../protocol/texts.ts";
import { memoryLog } from "../fakes.ts";

const TIME = Date.UTC(2026, 0, 31, 12, 0, 0);
const line = (fields: Record<string, string | number | boolean>) =>
  logLine({ time: TIME, level: "info", event: "joined", fields });

Deno.test("log: each level includes the ones before it", () => {
  for (const [index, level] of LOG_LEVELS.entries()) {
    const { entries, write } = memoryLog();
    const log = new Log(level, () => TIME, write);
    for (const each of ["error", "audit", "warn", "info", "debug"] as const) log[each]("x");
    assertEquals(entries.map((entry) => entry.level), LOG_LEVELS.slice(1, index + 1));
  }
});

Deno.test("log: an entry has its time, event and fields", () => {
  const { entries, write } = memoryLog();
  const log = new Log("info", () => TIME, write);
  log.info("joined", { name: "Alice" });
  log.warn("slow");
  assertEquals(entries, [
    { time: TIME, level: "info", event: "joined", fields: { name: "Alice" } },
    { time: TIME, level: "warn", event: "slow", fields: {} },
  ]);
});

Deno.test("log: a line has time, level, event and fields", () => {
  assertEquals(
    line({ name: "Alice", clients: 2, full: false }),
    "2026-01-31T12:00:00.000Z info  joined name=Alice clients=2 full=false",
  );
  assertEquals(
    logLine({ time: TIME, level: "error", event: "broken", fields: {} }),
    "2026-01-31T12:00:00.000Z error broken",
  );
});

const VALUES: readonly (readonly [why: string, value: string, shown: string])[] = [
  ["a plain value stays bare", "192.0.2.1:4000", "192.0.2.1:4000"],
  ["a space needs quotes", "a b", '"a b"'],
  ["so does an equals sign", "a=b", '"a=b"'],
  ["a quote is escaped", 'a"b', '"a\\"b"'],
  ["nothing is shown as nothing", "", '""'],
  ["an escape sequence cannot reach the terminal", "a\x1b[2Jb", "a[2Jb"],
  ["a line feed cannot begin a line", "a\n2026 forged", '"a 2026 forged"'],
  ["long values are shortened", "x".repeat(500), "x".repeat(199) + "…"],
];

for (const [why, value, shown] of VALUES) {
  Deno.test(`log: ${why}`, () => {
    assertEquals(line({ name: value }), `2026-01-31T12:00:00.000Z info  joined name=${shown}`);
  });
}

Deno.test("log: no value of a client can forge a field", () => {
  const hostile = [
    "x address=192.0.2.9",
    'x" address="192.0.2.9',
    'x\\" address=192.0.2.9',
    "x\naudit wrong password address=192.0.2.9",
    "x\u2028audit wrong password address=192.0.2.9",
    "x\u00a0address=192.0.2.9",
  ];
  for (const name of hostile) {
    const written = logLine({
      time: TIME,
      level: "audit",
      event: "wrong password",
      fields: { address: "198.51.100.7", name, by: "Op" },
    });
    const [, quoted] =
      /^\S+ audit wrong password address=198\.51\.100\.7 name=("(?:[^"\\]|\\.)*") by=Op$/
        .exec(written) ?? [];
    assert(quoted !== undefined, written);
  }
});

Deno.test("log: an entry as JSON is one object, and its fields keep their types", () => {
  const entry: LogEntry = {
    time: TIME,
    level: "warn",
    event: "clients refused",
    fields: { reason: "server_full", count: 3, last: true, name: 'a"b\n\x1b[2J' },
  };
  assertEquals(
    logLine(entry, "json"),
    '{"time":"2026-01-31T12:00:00.000Z","level":"warn","event":"clients refused",' +
      '"reason":"server_full","count":3,"last":true,"name":"a\\"b [2J"}',
  );
});

Deno.test("log: any entry is one line without control characters", () => {
  fc.assert(fc.property(hostileText, fc.constantFrom(...LOG_FORMATS), (text, format) => {
    const entry: LogEntry = { time: TIME, level: "info", event: "joined", fields: { name: text } };
    const written = logLine(entry, format);
    // deno-lint-ignore no-control-regex -- the characters that are not allowed; a bare TAB would separate two fields
    assert(!/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/.test(written));
    if (format === "json") assert(typeof JSON.parse(written).name === "string");
  }));
});
