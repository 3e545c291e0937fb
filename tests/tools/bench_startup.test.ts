import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { readOptions, startupTable } from "../../tools/bench_startup.ts";
import { runDeno } from "../../tools/repository.ts";

const CAN_MEASURE = Deno.build.os === "linux" && await Deno.stat("/usr/bin/time")
  .then(() => true, () => {
    console.log("left out: bench:startup as a process; GNU time is missing");
    return false;
  });

const TASK = config.tasks["bench:startup"].command.split(" ").slice(1);

Deno.test({
  name: "bench:startup: a row for each command of each program, and for the empty program",
  ignore: !CAN_MEASURE,
  fn: async () => {
    const { code, stdout, stderr } = await runDeno(
      [...TASK, "runs=1", "only=--version,send,serve", "this=.", "made=executable"],
    );
    assertEquals(code, 0, stderr);
    const rows = [...stdout.matchAll(/^\| (.*?) +\| (.*?) +\|(?: +[1-9]\d* \| +\d+\.\d \|){3}$/gm)];
    assertEquals(rows.map(([, name, until]) => [name, until]), [
      ["empty program", "has ended"],
      ...[["--version", "has ended"], ["send", "first byte sent"], ["serve", "listens"]].flatMap(
        ([command, until]) => ["this", "made"].map((program) => [`${program} ${command}`, until]),
      ),
    ], stdout);
    assertMatch(
      stdout,
      /^\d{4}-\d\d-\d\d, linux .*without code cache, medians of 1 in turns, load/m,
    );
  },
});

Deno.test("bench:startup: the table has medians, and their ratios to the empty program", () => {
  const start = (milliseconds: number) => ({
    ...{ milliseconds, cpuMilliseconds: 2 * milliseconds, mebibytes: 30 },
  });
  const table = startupTable([
    { name: "empty program", until: "has ended", starts: [20, 30, 25].map(start) },
    { name: "hubbub send", until: "first byte sent", starts: [90, 100, 500].map(start) },
  ]);
  assertEquals(table.split("\n"), [
    "| start         | until           |  ms | ratio | CPU ms | ratio | MB | ratio |",
    "| ------------- | --------------- | --: | ----: | -----: | ----: | -: | ----: |",
    "| empty program | has ended       |  25 |   1.0 |     50 |   1.0 | 30 |   1.0 |",
    "| hubbub send   | first byte sent | 100 |   4.0 |    200 |   4.0 | 30 |   1.0 |",
  ]);
});

Deno.test("bench:startup: unknown arguments are wrong usage, exit 2", async () => {
  for (const word of ["fast", "runs=0", "only=fly"]) {
    const { code, stderr } = await runDeno([...TASK, word]);
    assertEquals(code, 2, word);
    assertMatch(stderr, /\nUsage: deno task bench:startup /);
  }
  assertEquals([...readOptions(["a=/b c"]).programs], [["a", "/b c"]]);
});
