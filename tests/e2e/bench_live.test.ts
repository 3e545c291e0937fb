/** What `hubbub bench` does while a run goes on: live lines, and an end before its time. */

import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { Ajv } from "ajv";
import { EchoFixture } from "../bench/echo_fixture.ts";
import { runProgram } from "../support/program.ts";

function bench(...parameters: readonly string[]) {
  return runProgram(["bench", ...parameters]);
}

const schema = await Deno.readTextFile(new URL("../../docs/bench.schema.json", import.meta.url));
const ajv = new Ajv({ strict: false });
ajv.addSchema(JSON.parse(schema), "bench");
const fits = (output: unknown, name: string) =>
  ajv.getSchema(`bench#/definitions/${name}`)!(output) === true;

Deno.test("bench --live-json: lines of progress, and at the end the result", async () => {
  await using server = new EchoFixture();
  const { port } = await server.listen();
  for (
    const [name, ...words] of [
      ["RunOutput", "echo", `127.0.0.1:${port}`, "-c", "2", "-d", "1.2s", "-R", "50", "-w", "2"],
      ["RoundsOutput", "rounds", "--sizes", "2", "-d", "200ms"],
    ] as const
  ) {
    const { code, stdout, stderr } = await bench(...words, "--live-json");
    assertEquals(code, 0, stderr);
    const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const result = lines.pop();
    assert(fits(result, name), stdout);
    assert(lines.every((line) => fits(line, "ProgressOutput")), stdout);
    if (name !== "RunOutput") continue;
    const stages = lines.map(({ stage }) => stage);
    assertEquals([stages[0], stages.at(-1)], ["joining", "draining"]);
    const last = lines.at(-1);
    // On a loaded machine the last delivery comes after the last progress.
    assertEquals([last.messages, last.faults.errors], [60, 0]);
    assertEquals([result.messages, result.deliveries.received], [60, 60]);
  }
});

Deno.test("bench --assert: a run ends when something asserted is out of reach", async () => {
  await using server = new EchoFixture({ fault: (n) => n === 5 ? "double" : undefined });
  const { port } = await server.listen();
  const load = ["echo", `127.0.0.1:${port}`, "-c", "1", "-R", "100", "-d", "1m", "--json"];
  const { code, stdout, stderr } = await bench(...load, "--assert", "p99<10s,duplicated=0");
  const result = JSON.parse(stdout);
  assertEquals([code, result.interrupted, result.deliveries.duplicated], [1, false, 1]);
  assertLess(result.sendingSeconds, 30);
  assertStringIncludes(stderr, "duplicated=0 can no longer be met.");
  assertStringIncludes(stderr, "Asserted duplicated=0: it was 1.");
});
