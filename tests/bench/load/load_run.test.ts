import { assertEquals } from "@std/assert";
import { ErrorTally } from "../../../bench/load/error_tally.ts";
import { join } from "../../../bench/load/joining.ts";
import { LoadRun } from "../../../bench/load/load_run.ts";
import { DEFAULTS } from "../../../bench/load/options.ts";
import { json } from "../../../bench/profiles/json.ts";
import { DRAIN, FixtureServer } from "../fixture_server.ts";

const CONTEXT = {
  ...{ now: () => performance.now(), runId: "test", signal: new AbortController().signal },
  ...{ onProgress: () => {}, drain: DRAIN },
};

for (const pace of [{}, { rate: 200 }]) {
  Deno.test(`load run: a member that broke before it gets no messages, ${JSON.stringify(pace)}`, async () => {
    const server = new FixtureServer();
    const target = await server.listen();
    const joining = { target, profile: json, connections: 4, timeoutSeconds: 5 };
    const joinErrors = new ErrorTally();
    const { members, pool } = await join({ ...joining, errors: joinErrors }, CONTEXT);
    // One that would send, and one that would only receive.
    for (const index of [0, 3]) members[index]!.destroy();
    const broken: number[] = [];
    const errors = new ErrorTally();
    const plan = {
      groups: [{ members, senders: 2 }],
      audience: "others" as const,
      onBreak: (member: number) => void broken.push(member),
    };
    const load = { ...DEFAULTS, profile: "json", connections: 4, amount: 20 } as const;
    const { messages, deliveries } = await new LoadRun(plan, errors, { ...load, ...pace }, CONTEXT)
      .run();
    await pool.close();
    await server.close();
    assertEquals([messages, deliveries.expected, deliveries.received], [20, 20, 20]);
    assertEquals([deliveries.lost, broken], [0, [0, 3]]);
    assertEquals([errors.list(), joinErrors.countOf("run")], [[], 2]);
  });
}
