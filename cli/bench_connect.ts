import { Command, Option } from "@commander-js/extra-typings";
import { CONNECT_METRICS, connectReport, DEFAULTS } from "../bench/mod.ts";
import { counted } from "../protocol/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { SCENARIO_OPTIONS, showServerScenario } from "./bench_trial.ts";
import { count, perSecond } from "./bench_values.ts";
import { LOADED_SERVER_OPTIONS } from "./load_target.ts";

/** `hubbub bench connect`. */
export function benchConnectCommand() {
  return new Command("connect")
    .summary("a storm of connections: how fast, and how many, come in")
    .description(
      `${QUESTIONS.connect} Connected (by TCP), ` +
        "greeted (the server has said something) and joined are counted apart, each with its " +
        "latency from the start of the connection. Without a target it starts a server of its own.",
    )
    .argument("[host[:port]]", "the server to load; default: one of its own")
    .argument("[port]", "the port, after a host")
    .addOption(LOADED_SERVER_OPTIONS.host())
    .addOption(LOADED_SERVER_OPTIONS.port())
    .addOption(LOADED_SERVER_OPTIONS.tls())
    .addOption(LOADED_SERVER_OPTIONS.serverCommand())
    .addOption(
      new Option("-c, --connections <number>", "connections")
        .argParser(count(1, 1_000_000)).default(DEFAULTS.connections).env("HUBBUB_CONNECTIONS"),
    )
    .addOption(
      new Option("--connect-rate <number/s>", "connections opened a second, such as 500/s")
        .argParser(perSecond(1_000_000)).default(undefined, "all at once").env(
          "HUBBUB_CONNECT_RATE",
        ),
    )
    .addOption(SCENARIO_OPTIONS.profile())
    .addOption(SCENARIO_OPTIONS.workers())
    .addOption(SCENARIO_OPTIONS.timeout())
    .addOption(SCENARIO_OPTIONS.pid())
    .addOption(SCENARIO_OPTIONS.json())
    .addOption(SCENARIO_OPTIONS.liveJson())
    .addOption(SCENARIO_OPTIONS.html())
    .addOption(SCENARIO_OPTIONS.assert(CONNECT_METRICS))
    .addOption(SCENARIO_OPTIONS.repeat())
    .addOption(SCENARIO_OPTIONS.baseline())
    .addOption(SCENARIO_OPTIONS.noProgress())
    .action(async (first, second, options, self) => {
      const { connections, profile, connectRate } = options;
      const pace = connectRate === undefined ? "all at once" : `${connectRate} a second`;
      await showServerScenario(self, [first, second], {
        ...{ name: "connect", given: options, report: connectReport } as const,
        connections,
        load: `${counted(connections, "connection")}, ${pace}, profile ${profile}`,
        options: (target) => ({
          ...{
            target,
            profile,
            connections,
            timeoutSeconds: options.timeout / 1000,
            workers: options.workers,
          },
          ...(connectRate === undefined ? undefined : { connectRate }),
        }),
      });
    });
}
