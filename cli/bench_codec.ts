import { Command, Option } from "@commander-js/extra-typings";
import { checkScenario, CODEC_METRICS, codecReport, DEFAULTS, runScenario } from "../bench/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { count } from "./bench_values.ts";
import { refusing } from "./bench_traffic.ts";
import { SCENARIO_OPTIONS, showScenario } from "./bench_trial.ts";
import { interruptible } from "./signals.ts";
import { duration } from "./options/values.ts";

/** `hubbub bench codec`. */
export function benchCodecCommand() {
  return new Command("codec")
    .summary("what a message costs in hubbub's own codecs")
    .description(
      `${QUESTIONS.codec} Text lines, JSON lines ` +
        "and length-prefixed JSON, each measured by tinybench. No server is needed.",
    )
    .addOption(
      new Option("-d, --duration <time>", "how long each codec is measured")
        .argParser(duration(10, 3_600_000)).default(1000, "1s").env("HUBBUB_DURATION"),
    )
    .addOption(
      new Option("-P, --payload <bytes>", "length of a message's text")
        .argParser(count(1, 4096)).default(DEFAULTS.payloadBytes).env("HUBBUB_PAYLOAD"),
    )
    .addOption(SCENARIO_OPTIONS.workers())
    .addOption(SCENARIO_OPTIONS.json())
    .addOption(SCENARIO_OPTIONS.liveJson())
    .addOption(SCENARIO_OPTIONS.html())
    .addOption(SCENARIO_OPTIONS.assert(CODEC_METRICS))
    .addOption(SCENARIO_OPTIONS.repeat())
    .addOption(SCENARIO_OPTIONS.baseline())
    .addOption(SCENARIO_OPTIONS.noProgress())
    .action(async (given) => {
      const { workers } = given;
      const options = {
        secondsPerTask: given.duration / 1000,
        payloadBytes: given.payload,
        workers,
      };
      refusing(() => checkScenario("codec", options));
      await interruptible((signal) =>
        showScenario({
          ...{ name: "codec", signal, given, options, report: codecReport } as const,
          header: "Running codec\n",
          run: (observers) => runScenario("codec", options, observers),
        })
      );
    });
}
