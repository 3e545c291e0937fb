import { assert } from "@std/assert";
import { type EchoFaults, EchoFixture, type Reply } from "../bench/echo_fixture.ts";
import { startProgram } from "./program.ts";

/** A run of `hubbub bench echo` and what the server did. */
export interface Measured {
  readonly exit: number;
  readonly text: string;
  // deno-lint-ignore no-explicit-any -- each test reads the fields of its own result
  readonly result: any;
  /** The replies as the fixture has sent them. */
  readonly replies: readonly Reply[];
}

/** Runs `hubbub bench echo` against a fixture and returns its JSON. */
export async function measureEcho(faults: EchoFaults, ...parameters: string[]): Promise<Measured> {
  await using server = new EchoFixture(faults);
  const { host, port } = await server.listen();
  await using bench = startProgram(
    ["bench", "echo", `${host}:${port}`, "--json", ...parameters],
  );
  const text = await bench.stdout.all();
  const exit = await bench.exit;
  assert(text !== "", await bench.stderr.all());
  return { exit, text, result: JSON.parse(text), replies: server.replies };
}
