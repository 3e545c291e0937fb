import { Command, Option } from "@commander-js/extra-typings";
import { DEFAULTS, ROUNDS_METRICS, roundsReport } from "../bench/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { count } from "./bench_values.ts";
import { SCENARIO_OPTIONS, showServerScenario } from "./bench_trial.ts";
import { CliError, EXIT } from "./exit.ts";
import { LOADED_SERVER_OPTIONS } from "./load_target.ts";
import { duration, list } from "./options/values.ts";

const SIZES = [1, 8, 32, 128, 512];

/** `hubbub bench rounds`. */
export function benchRoundsCommand() {
  return new Command("rounds")
    .summary("one message to all: how long, by number of clients")
    .description(
      `${QUESTIONS.rounds} ` +
        "One client sends, the others receive; the next message is sent when everybody has " +
        "the last one. Measured by tinybench, one task a size. Without a target it starts a " +
        "server of its own.",
    )
    .argument("[host[:port]]", "the server to load; default: one of its own")
    .argument("[port]", "the port, after a host")
    .addOption(LOADED_SERVER_OPTIONS.host())
    .addOption(LOADED_SERVER_OPTIONS.port())
    .addOption(LOADED_SERVER_OPTIONS.tls())
    .addOption(LOADED_SERVER_OPTIONS.serverCommand())
    .addOption(
      new Option("--sizes <numbers>", "how many receive, with commas between")
        .argParser(list(count(1, 100_000))).default(SIZES, SIZES.join(","))
        .env("HUBBUB_SIZES"),
    )
    .addOption(
      new Option("-d, --duration <time>", "how long each size is measured")
        .argParser(duration(100, 3_600_000)).default(2000, "2s").env("HUBBUB_DURATION"),
    )
    .addOption(
      new Option("-P, --payload <bytes>", "length of a message's text")
        .argParser(count(16, 4096)).default(DEFAULTS.payloadBytes).env("HUBBUB_PAYLOAD"),
    )
    .addOption(SCENARIO_OPTIONS.profile())
    .addOption(SCENARIO_OPTIONS.workers())
    .addOption(SCENARIO_OPTIONS.timeout())
    .addOption(SCENARIO_OPTIONS.pid())
    .addOption(SCENARIO_OPTIONS.json())
    .addOption(SCENARIO_OPTIONS.liveJson())
    .addOption(SCENARIO_OPTIONS.html())
    .addOption(SCENARIO_OPTIONS.assert(ROUNDS_METRICS))
    .addOption(SCENARIO_OPTIONS.repeat())
    .addOption(SCENARIO_OPTIONS.baseline())
    .addOption(SCENARIO_OPTIONS.noProgress())
    .action(async (first, second, options, self) => {
      const { sizes, profile } = options;
      if (sizes.length === 0) throw new CliError("Give --sizes such as 1,8,32.", EXIT.usage);
      await showServerScenario(self, [first, second], {
        ...{ name: "rounds", given: options, report: roundsReport } as const,
        connections: Math.max(...sizes) + 1,
        load: `1 sender, ${sizes.join(", ")} receivers, profile ${profile}`,
        options: (target) => ({
          ...{ target, profile, sizes, payloadBytes: options.payload },
          secondsPerSize: options.duration / 1000,
          timeoutSeconds: options.timeout / 1000,
          workers: options.workers,
        }),
      });
    });
}
