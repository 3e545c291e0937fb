/** The tables of `bench` repeat names and defaults of the load tester, which the help must not load. */

import { assertEquals } from "@std/assert";
import * as bench from "../../../bench/mod.ts";
import { RATES } from "../../../bench/load/pacer.ts";
import { BENCH, TRAFFIC_SCENARIOS } from "../../../cli/options/bench.ts";
import { BENCH_SCENARIOS, METRIC_NAMES } from "../../../cli/options/bench_scenarios.ts";
import { PROFILE_NAMES, QUESTIONS } from "../../../cli/options/bench_shared.ts";
import { MESSAGE_RATES } from "../../../cli/options/bench_values.ts";
import { Settings } from "../../../cli/options/settings.ts";

Deno.test("bench options: the defaults are those of the library", () => {
  const { values } = new Settings(BENCH.options, {});
  const { DEFAULTS } = bench;
  assertEquals(
    {
      ...{ connections: values.connections, pipelining: values.pipelining },
      ...{ payloadBytes: values.payload, payload: { kind: values.payloadKind } },
      ...{ verify: values.verify, workers: values.workers, warmUpSeconds: values.warmUp ?? 0 },
      timeoutSeconds: values.timeout / 1000,
    },
    {
      ...{ connections: DEFAULTS.connections, pipelining: DEFAULTS.pipelining },
      ...{ payloadBytes: DEFAULTS.payloadBytes, payload: DEFAULTS.payload },
      ...{ verify: DEFAULTS.verify, workers: DEFAULTS.workers },
      ...{ warmUpSeconds: DEFAULTS.warmUpSeconds, timeoutSeconds: DEFAULTS.timeoutSeconds },
    },
  );
  assertEquals(BENCH.options.senders.help.includes(`default: ${DEFAULTS.senders},`), true);
  assertEquals(
    BENCH.options.duration.help.includes(`default: ${DEFAULTS.durationSeconds}s,`),
    true,
  );
  assertEquals(BENCH.options.profile.help.includes(`default: ${DEFAULTS.profile},`), true);
  for (const { options } of Object.values(BENCH_SCENARIOS)) {
    const { profile, timeout } = new Settings(options, {}).values as Record<string, unknown>;
    if (profile !== undefined) assertEquals(profile, DEFAULTS.profile);
    if (timeout !== undefined) assertEquals(timeout, DEFAULTS.timeoutSeconds * 1000);
  }
});

Deno.test("bench options: profiles, scenarios and rates are those of the library", () => {
  assertEquals([...PROFILE_NAMES], Object.keys(bench.PROFILES));
  assertEquals([...TRAFFIC_SCENARIOS], [...bench.SCENARIO_NAMES]);
  assertEquals(
    [...TRAFFIC_SCENARIOS, ...Object.keys(BENCH_SCENARIOS)].toSorted(),
    Object.keys(QUESTIONS).toSorted(),
  );
  assertEquals({ ...MESSAGE_RATES }, { ...RATES });
});

Deno.test("bench options: the help of --assert lists the metrics of the scenario", () => {
  for (const [name, metrics] of Object.entries(METRIC_NAMES)) {
    const table = bench[`${name.toUpperCase()}_METRICS` as "CONNECT_METRICS"];
    assertEquals([name, metrics], [name, Object.keys(table).join(" ")]);
    const { options } = BENCH_SCENARIOS[name as keyof typeof BENCH_SCENARIOS];
    assertEquals(options.assert.help.endsWith(`metrics: ${metrics}`), true, name);
  }
});
