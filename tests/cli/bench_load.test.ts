import { assertEquals, assertThrows } from "@std/assert";
import { scenarioOf } from "../../cli/bench_load.ts";
import { CliError } from "../../cli/exit.ts";

Deno.test("bench: without a scenario it is broadcast, also with an address", () => {
  assertEquals(scenarioOf([]), ["broadcast", []]);
  assertEquals(scenarioOf(["127.0.0.1", "8080"]), ["broadcast", ["127.0.0.1", "8080"]]);
  assertEquals(scenarioOf(["echo", "[::1]:8080"]), ["echo", ["[::1]:8080", undefined]]);
});

for (
  const [typed, meant] of [["brodcast", "broadcast"], ["conect", "connect"], ["repot", "report"]]
) {
  Deno.test(`bench: "${typed}" is refused, and "${meant}" suggested`, () => {
    assertThrows(
      () => scenarioOf([typed]),
      CliError,
      `codec. Did you mean "${meant}"?`,
    );
  });
}
