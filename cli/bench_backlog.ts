import { Command, Option } from "@commander-js/extra-typings";
import { BACKLOG_METRICS, backlogReport, checkScenario, runBacklog } from "../bench/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { count } from "./bench_values.ts";
import { checkDescriptors } from "./bench_run.ts";
import { refusing, TO_BE_STARTED } from "./bench_traffic.ts";
import { SCENARIO_OPTIONS, showScenario } from "./bench_trial.ts";
import { denoIdleListener } from "./listeners.ts";
import { readProcThroughCat } from "./proc_files.ts";
import { interruptible } from "./signals.ts";
import { duration, integer } from "./options/values.ts";
import { counted, hostPort } from "../protocol/mod.ts";
import { LOADED_ADDRESS_TABLE, LOADED_SERVER_OPTIONS } from "./load_target.ts";
import { settingsOf } from "./options/command_line.ts";
import { plainTarget } from "./server_target.ts";

/** `hubbub bench backlog`. */
export function benchBacklogCommand() {
  return new Command("backlog")
    .summary("a full accept queue: what happens to client 129?")
    .description(
      `${QUESTIONS.backlog} A listener with the given ` +
        "backlog accepts nothing for a while, and all clients connect at once: how many the queue " +
        "holds, when the others get in, and what the system counted. With a target only the storm " +
        "is measured.",
    )
    .argument("[host[:port]]", "somebody else's listener; default: one of its own")
    .argument("[port]", "the port, after a host")
    .addOption(LOADED_SERVER_OPTIONS.host())
    .addOption(LOADED_SERVER_OPTIONS.port())
    .addOption(
      new Option("--backlog <number>", "connections that may wait to be accepted")
        .argParser(integer(0, 65_535)).default(128).env("HUBBUB_BACKLOG"),
    )
    .addOption(
      new Option("-c, --connections <number>", "clients that connect at once")
        .argParser(count(1, 1_000_000)).default(300).env("HUBBUB_CONNECTIONS"),
    )
    .addOption(
      new Option("--hold <time>", "how long the own listener does not accept")
        .argParser(duration(100, 600_000)).default(2500, "2.5s").env("HUBBUB_HOLD"),
    )
    .addOption(
      new Option(
        "-t, --timeout <time>",
        "how long a client waits for a connection, and for the first word of an own listener",
      )
        .argParser(duration(100, 3_600_000)).default(10_000, "10s").env("HUBBUB_TIMEOUT"),
    )
    .addOption(SCENARIO_OPTIONS.workers())
    .addOption(SCENARIO_OPTIONS.json())
    .addOption(SCENARIO_OPTIONS.liveJson())
    .addOption(SCENARIO_OPTIONS.html())
    .addOption(SCENARIO_OPTIONS.assert(BACKLOG_METRICS))
    .addOption(SCENARIO_OPTIONS.repeat())
    .addOption(SCENARIO_OPTIONS.baseline())
    .addOption(SCENARIO_OPTIONS.noProgress())
    .action(async (first, second, options, self) => {
      const { backlog, connections } = options;
      const target = plainTarget(settingsOf(self, LOADED_ADDRESS_TABLE), [first, second]);
      // Those that wait in the queue have their other end in this process once they are accepted.
      checkDescriptors(target === undefined ? 2 * connections : connections);
      const where = target === undefined
        ? `a listener of its own, backlog ${backlog}`
        : hostPort(target);
      const load = {
        ...(target === undefined ? undefined : { target }),
        ...{ backlog, connections, holdSeconds: options.hold / 1000 },
        ...{ timeoutSeconds: options.timeout / 1000, workers: options.workers },
      };
      refusing(() => checkScenario("backlog", { target: TO_BE_STARTED, ...load }));
      await interruptible((signal) =>
        showScenario({
          ...{ name: "backlog", signal, given: options, options: load } as const,
          report: backlogReport,
          header: `Running backlog @ ${where}\n${counted(connections, "client")} at once\n`,
          run: (observers) =>
            runBacklog(load, {
              ...{ ...observers, readProc: readProcThroughCat, listen: denoIdleListener },
            }),
        })
      );
    });
}
