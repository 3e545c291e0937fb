/** `hubbub bench` that runs more than once, and compares. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";
import { sampleOf } from "../support/thorough.ts";

const LOAD = ["bench", "broadcast", "-c", "4", "-s", "1", "-a", "200"];

function bench(...parameters: readonly string[]) {
  return runProgram([...LOAD, ...parameters]);
}

Deno.test("bench: runs are kept, compared with, and told beside each other", async () => {
  await using server = await startServer();
  const address = `127.0.0.1:${server.port}`;
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/before.json`;
    const before = await bench(address, "--repeat", "2", "--json");
    assertEquals(before.code, 0, before.stderr);
    assertEquals(JSON.parse(before.stdout).runs.length, 2);
    await Deno.writeTextFile(file, before.stdout);
    const after = await bench(address, "--baseline", file);
    assertEquals(after.code, 0, after.stdout + after.stderr);
    assertStringIncludes(after.stdout, "too few runs");
    assertStringIncludes(after.stdout, "with --repeat 4 or more");

    // A baseline out of reach: worse beyond noise.
    const runs = JSON.parse(before.stdout).runs as { deliveries: { perSecond: number } }[];
    const impossible = Array.from({ length: 4 }, (_, index) => ({
      ...runs[0],
      deliveries: { ...runs[0]!.deliveries, perSecond: 1e9 + index },
    }));
    await Deno.writeTextFile(file, JSON.stringify({ runs: impossible }));
    const worse = await bench(address, "--baseline", file, "--repeat", "4");
    assertEquals(worse.code, 1, worse.stderr);
    assertStringIncludes(worse.stdout, "WORSE");
    assertStringIncludes(worse.stdout, "4 runs");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bench --versus: two servers in turns, each as often", async () => {
  await using first = await startServer();
  await using second = await startServer();
  const { code, stdout, stderr } = await bench(
    ...[`127.0.0.1:${first.port}`, "--versus", `127.0.0.1:${second.port}`],
    ...["--repeat", "3", "--json"],
  );
  assertEquals(code, 0, stderr);
  const { runs, others, comparison } = JSON.parse(stdout);
  const ports = (all: { target: { port: number } }[]) => all.map(({ target }) => target.port);
  assertEquals(ports(runs), [first.port, first.port, first.port]);
  assertEquals(ports(others), [second.port, second.port, second.port]);
  assert(comparison.every(({ verdict }: { verdict: string }) => verdict === "unknown"));
});

Deno.test("bench: what cannot be compared or written is reported before anything runs", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/other.json`;
    const other = {
      ...{ scenario: "echo", profile: "echo", connections: 4, senders: 4, pipelining: 1 },
      ...{ payloadBytes: 64, deliveries: { perSecond: 1 }, latencyMicroseconds: null },
    };
    await Deno.writeTextFile(file, JSON.stringify(other));
    for (
      const [parameters, sentence] of sampleOf(
        [
          [["--baseline", file], 'its runs have scenario "echo", but this run has "broadcast"'],
          [["--baseline", `${folder}/none.json`], "Cannot compare with"],
          [["--html", `${folder}/none/run.html`], "Cannot write the report to"],
          [["--csv", folder], "Cannot write the report to"],
        ] as const,
        2,
      )
    ) {
      const { code, stderr, stdout } = await bench(...parameters);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, sentence);
      assertEquals(stdout, "");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
