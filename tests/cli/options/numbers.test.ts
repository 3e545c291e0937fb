import { InvalidArgumentError } from "../../../cli/options/commander.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { duration, integer, port, size } from "../../../cli/options/numbers.ts";

Deno.test("numbers: a port is a whole number from 0 to 65535", () => {
  for (const number of [0, 1, 8080, 65_535]) assertEquals(port(String(number)), number);
  for (
    const text of ["", " ", "65536", "-1", "1.5", "1e3", "0x50", "８０", "99999999999999999999"]
  ) {
    assertThrows(() => port(text), InvalidArgumentError);
  }
});

Deno.test("numbers: a whole number stays in its range", () => {
  const between = integer(2, 10);
  assertEquals([between("2"), between("10"), between("007")], [2, 10, 7]);
  for (const text of ["1", "11", "two"]) {
    assertThrows(() => between(text), InvalidArgumentError, "from 2 to 10");
  }
});

const DURATIONS: readonly (readonly [text: string, milliseconds: number])[] = [
  ["500ms", 500],
  ["10s", 10_000],
  ["10", 10_000],
  ["0.5", 500],
  ["1.5m", 90_000],
  ["1h", 3_600_000],
  ["0.1ms", 0],
  ["1.0004s", 1000],
];

for (const [text, milliseconds] of DURATIONS) {
  Deno.test(`numbers: duration ${text}`, () => {
    assertEquals(duration(0, 3_600_000)(text), milliseconds);
  });
}

Deno.test("numbers: a malformed duration, or one out of its range, is refused", () => {
  const parse = duration(100, 60_000);
  assertEquals([parse("100ms"), parse("1m")], [100, 60_000]);
  for (const text of ["", "s", "ten", "10 s", "-1s", "1d", ".5s", "1,5s", "99ms", "61s", "2h"]) {
    assertThrows(() => parse(text), InvalidArgumentError, "from 0.1 s to 60 s");
  }
});

Deno.test("numbers: a number that can only be milliseconds is shown with its unit", () => {
  const parse = duration(100, 60_000);
  assertThrows(() => parse("300"), InvalidArgumentError, "such as 300ms, 10s or 2m,");
  for (const text of ["60001", "0.01", "ten"]) {
    assertThrows(() => parse(text), InvalidArgumentError, "such as 500ms, 10s or 2m,");
  }
});

Deno.test("numbers: a size is bytes, perhaps with a unit", () => {
  const parse = size(1, 10_000_000);
  assertEquals(
    ["1", "512B", "2KB", "2KiB", "2MB", "2MiB"].map(parse),
    [1, 512, 2000, 2048, 2_000_000, 2_097_152],
  );
  for (const text of ["", "0", "-1", "1.5MiB", "1 MiB", "1mib", "1GiB", "10000001", "MiB"]) {
    assertThrows(() => parse(text), InvalidArgumentError, "from 1 to 10000000 bytes");
  }
});
