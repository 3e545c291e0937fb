import { assertEquals, assertThrows } from "@std/assert";
import { type BenchmarkOptions, DEFAULTS, fullOptions } from "../../../bench/load/options.ts";

const target = { host: "127.0.0.1", port: 8080 };

Deno.test("options: random bytes only where a profile takes them", () => {
  const options = { target, payload: { kind: "random" } } as const;
  assertEquals(fullOptions({ ...options, scenario: "echo" }).payload.kind, "random");
  for (const profile of ["line", "nats", "redis"] as const) fullOptions({ ...options, profile });
  for (const profile of ["json", "text", "websocket", "irc"] as const) {
    assertThrows(
      () => fullOptions({ ...options, profile }),
      RangeError,
      "it must be one of line, echo, nats, redis",
    );
  }
});

Deno.test("options: a missing or undefined option gets its default, a given one is kept", () => {
  // As from callers whose compiler does not tell a missing property from an undefined one.
  const unset: object = { senders: undefined };
  assertEquals(fullOptions({ target, ...unset }), { target, ...DEFAULTS });
  const given = {
    ...{ target, scenario: "echo", profile: "line", connections: 9, senders: 3 },
    ...{ durationSeconds: 2, workers: 2, warmUpSeconds: 1, pipelining: 5, payloadBytes: 99 },
    ...{ payload: { kind: "utf8" }, verify: "sample", timeoutSeconds: 4 },
  } as const satisfies BenchmarkOptions;
  const { senders, ...echo } = given;
  assertEquals(fullOptions(echo), { ...echo, senders: 9 } as object);
  const broadcast = { ...echo, senders, scenario: "broadcast" } as const;
  assertEquals(Object.keys(broadcast).sort(), ["target", ...Object.keys(DEFAULTS)].sort());
  assertEquals(fullOptions(broadcast), broadcast as object);
  assertEquals(fullOptions({ target, connections: 4, amount: 7 }).senders, 4);
});

Deno.test("options: echo has defaults of its own", () => {
  const { profile, connections, senders } = fullOptions({
    ...{ target, scenario: "echo", connections: 1 },
  });
  assertEquals({ profile, connections, senders }, { profile: "echo", connections: 1, senders: 1 });
});

Deno.test("options: a ramp sets the duration of a run, unless one is given", () => {
  const rate = { from: 0, to: 5, seconds: 30 };
  assertEquals(fullOptions({ target, rate }).durationSeconds, 30);
  assertEquals(fullOptions({ target, rate, durationSeconds: 3 }).durationSeconds, 3);
});

const REFUSED: readonly [options: Partial<BenchmarkOptions>, sentence: string][] = [
  [{ connections: 1 }, "Cannot use 1 as connections: it must be a whole number from 2 to"],
  [{ connections: NaN }, "Cannot use NaN as connections"],
  [{ senders: 0 }, "Cannot use 0 as senders"],
  [{ senders: 20, connections: 10 }, "Cannot use 20 senders with 10 connections"],
  [{ senders: 129 }, "Cannot use 129 senders with 128 connections"],
  [{ pipelining: 1.5 }, "Cannot use 1.5 as pipelining"],
  [{ payloadBytes: 15 }, "Cannot use 15 as payload bytes: it must be a whole number from 16 to"],
  [{ durationSeconds: 0 }, "Cannot use 0 as duration: it must be over 0"],
  [{ durationSeconds: Infinity }, "Cannot use Infinity as duration"],
  [{ timeoutSeconds: -1 }, "Cannot use -1 as timeout"],
  [{ amount: 0 }, "Cannot use 0 as amount"],
  [{ connections: 2, workers: 3 }, "Cannot use 3 as workers"],
  [{ connectRate: 0 }, "Cannot use 0 as connect rate"],
  [{ scenario: "echo", connections: 3, workers: 4 }, "Cannot use 4 as workers"],
  [{ seed: -1 }, "Cannot use -1 as seed"],
  [{ warmUpSeconds: -1 }, "Cannot use -1 as warm-up"],
  [
    { warmUpSeconds: 1, rate: { from: 0, to: 5, seconds: 1 } },
    "Cannot use a warm-up with a ramp: the ramp already warms",
  ],
  [{ profile: "echo" }, 'Cannot use the profile "echo" for broadcast'],
  [{ scenario: "echo", profile: "json" }, 'Cannot use the profile "json" for echo'],
  [{ scenario: "echo", senders: 3 }, "Cannot use senders for echo: every connection sends"],
  [{ scenario: "echo", connections: 17_577 }, "Cannot use 17577 as connections"],
  [{ rate: 0 }, "Cannot use 0 as rate: it must be 1 to 500000 messages per second"],
  [{ rate: 500_001 }, "Cannot use 500001 as rate"],
  [{ rate: { from: 5, to: NaN, seconds: 1 } }, "Cannot use 5:NaN as rate"],
  [{ rate: { from: 0, to: 5, seconds: 0 } }, "Cannot use 0 as time of the ramp"],
  [{ connections: 9000, senders: 9000 }, "Cannot use 9000 senders with 9000 connections"],
  [{ connections: 1000, senders: 1000, pipelining: 65_536 }, "their product may be at most"],
  [
    { profile: "gopher" as "json" },
    'Cannot use the profile "gopher": it must be one of json, text',
  ],
  [{ scenario: "toString" as "broadcast" }, 'Cannot use the scenario "toString"'],
];

for (const [options, sentence] of REFUSED) {
  Deno.test(`options: refuses ${JSON.stringify(options)}`, () => {
    assertThrows(() => fullOptions({ target, ...options }), RangeError, sentence);
  });
}
