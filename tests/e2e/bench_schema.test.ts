/** What `hubbub bench --json` prints, against its published schema. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Ajv } from "ajv";
import { benchSchema } from "../../tools/bench_schema.ts";
import { runProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";
import config from "../../deno.json" with { type: "json" };
import { IS_THOROUGH, sampleOf } from "../support/thorough.ts";

const schema = await Deno.readTextFile(new URL("../../docs/bench.schema.json", import.meta.url));
const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addSchema(JSON.parse(schema), "bench");

/** The options of a run, and the name of what it prints in the schema. */
const RUNS: readonly (readonly [output: string, parameters: string])[] = [
  ["RunOutput", "broadcast -c 4 -a 50"],
  ["ConnectOutput", "connect -c 20"],
  ["CodecOutput", "codec -d 10ms"],
  ["RunOutput", "broadcast -c 4 -R 200 -d 1s -w 2 --seed 1"],
  ["RunOutput", "echo -c 2 --ramp 0:200/s@500ms"],
  ["RunsOutput", "echo -c 2 -a 20 --repeat 2"],
  ["LimitOutput", "echo -c 2 --find-limit p99<10s --find-to 150 -d 200ms"],
  ["BacklogOutput", "backlog -c 5 --backlog 8 --hold 100ms"],
  ["RoundsOutput", "rounds --sizes 1 -d 100ms"],
  ["ChurnOutput", "churn -c 4 -s 1 -d 400ms"],
  ["RoomsOutput", "rooms -c 4 --rooms 2 -d 200ms"],
  ["StallOutput", "stall -c 8 --stalled 1 -d 200ms"],
  ["RestartOutput", "restart -c 4 -d 200ms --down 100ms"],
];

async function printedBy(parameters: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await runProgram(["bench", ...parameters, "--json", "-n"])).stdout);
}

/** Fails with what does not fit. */
function assertFits(output: unknown, name: string): void {
  const validate = ajv.getSchema(`bench#/definitions/${name}`);
  assert(validate !== undefined, `${name} is not in the schema`);
  assert(validate(output), `${name}: ${ajv.errorsText(validate.errors)}`);
}

Deno.test("bench --json: the published schema is that of the types; deno task schema makes it", () => {
  assertEquals(schema, benchSchema());
});

for (const [name, parameters] of sampleOf(RUNS, 3)) {
  Deno.test(`bench --json: what ${parameters} prints fits the schema`, async () => {
    const output = await printedBy(parameters.split(" "));
    assertFits(output, name);
    assertEquals(output.version, config.version);
    assertEquals(new Date(output.time as string).toISOString(), output.time);
    assertMatch(output.command as string, new RegExp(`^hubbub bench ${parameters.slice(0, 12)}`));
    // The schema tells one output from another.
    const others = new Set(RUNS.map(([other]) => other).filter((other) => other !== name));
    for (const other of others) {
      assertEquals(ajv.getSchema(`bench#/definitions/${other}`)!(output), false, other);
    }
  });
}

const COMPARED = "bench --json: what --versus and --baseline print fits the schema";
Deno.test({ name: COMPARED, ignore: !IS_THOROUGH }, async () => {
  await using first = await startServer();
  await using second = await startServer();
  const load = ["broadcast", `127.0.0.1:${first.port}`, "-c", "2", "-a", "20"];
  assertFits(await printedBy([...load, "--versus", `127.0.0.1:${second.port}`]), "RunsOutput");
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, JSON.stringify(await printedBy(load)));
  const compared = await printedBy([...load, "--baseline", file]);
  assertFits(compared, "RunOutput");
  assert(Array.isArray(compared.comparison));
  await Deno.remove(file);
});
