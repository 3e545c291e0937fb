import { TRAFFIC_METRICS } from "../bench/mod.ts";
import { assertionsOf, loadOf, scenarioOf } from "./bench_load.ts";
import { exitWith } from "./bench_run.ts";
import { runSearch } from "./bench_search.ts";
import { benchTraffic } from "./bench_traffic.ts";
import { CliError, EXIT } from "./exit.ts";
import { loadServer, serverToLoad } from "./load_target.ts";
import type { BENCH } from "./options/bench.ts";
import type { Run } from "./options/command_line.ts";

/** `hubbub bench` with the scenarios `broadcast` and `echo`. */
export const bench: Run<typeof BENCH.options> = async (settings, words) => {
  const { values } = settings;
  const [scenario, address] = scenarioOf(words);
  const limits = assertionsOf(settings, TRAFFIC_METRICS, "find-limit");
  for (const name of ["find-from", "find-to"] as const) {
    if (limits.length > 0 || settings.originOf(name) === "default") continue;
    throw new CliError(
      `Cannot use ${settings.sourceOf(name)} without --find-limit.`,
      EXIT.usage,
    );
  }
  const assertions = assertionsOf(settings, TRAFFIC_METRICS);
  const load = await loadOf(scenario, values, address, [...assertions, ...limits]);
  const server = serverToLoad(settings, address);
  if (limits.length > 0) {
    const { liveJson, progress, csv, html, findFrom: from, findTo: to } = values;
    const json = values.json || liveJson;
    const shown = { json, liveJson, progress, files: { csv, html } };
    return exitWith(await runSearch(load, server, { ...shown, assertions: limits, from, to }));
  }
  exitWith(
    await benchTraffic(load, server, {
      ...values,
      assert: assertions,
      versus: values.versus === undefined ? undefined : loadServer(values.versus),
    }),
  );
};
