/** People with nc whose cable is cut: when the server notices. */

import { assert } from "@std/assert";
import { startProgram } from "../support/program.ts";
import { isThorough } from "../support/thorough.ts";
import { type TwoMachines, twoMachines } from "../support/cut_cable.ts";

/** Starts a server on one of the machines, and a person with nc on the other. */
async function withPerson(
  machines: TwoMachines,
  test: (context: { seconds: () => number; left: () => Promise<void> }) => Promise<void>,
): Promise<void> {
  await using serve = startProgram(
    ["serve", "--host", machines.address, "--port", "8080"],
    { shell: `exec ip netns exec ${machines.server} "$@"` },
  );
  await serve.stdout.until(/^Listening on /m);
  const nc = new Deno.Command("ip", {
    args: ["netns", "exec", machines.client, "nc", machines.address, "8080"],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const typed = nc.stdin.getWriter();
  try {
    await typed.write(new TextEncoder().encode("Ann\n"));
    await serve.stderr.until(/joined .*name=Ann/);
    await machines.cut();
    const start = performance.now();
    await test({
      seconds: () => (performance.now() - start) / 1000,
      left: async () => void await serve.stderr.until(/left .*name=Ann/, 180_000),
    });
  } finally {
    nc.kill("SIGKILL");
    await typed.close().catch(() => {});
    await nc.status;
  }
}

const test = isThorough("the probes that Linux sends before it closes")
  ? Deno.test
  : Deno.test.ignore;

test("cut cable: in a silent room a person with nc has left after the probes of the system", async () => {
  await using machines = await twoMachines();
  if (machines === undefined) return;
  await withPerson(machines, async ({ seconds, left }) => {
    await left();
    // By the system's own interval, each probe would take 75 s.
    assert(seconds() < 10 * machines.probes + 25, `${seconds()} s, ${machines.probes} probes`);
  });
});
