import { Command, Option } from "@commander-js/extra-typings";
import { CODEC_METRICS, codecReport, DEFAULTS, runScenario } from "../bench/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { count } from "./bench_values.ts";
import { showTrial, TRIAL_OPTIONS } from "./bench_trial.ts";
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
    .addOption(TRIAL_OPTIONS.json())
    .addOption(TRIAL_OPTIONS.liveJson())
    .addOption(TRIAL_OPTIONS.html())
    .addOption(TRIAL_OPTIONS.assert(CODEC_METRICS))
    .addOption(TRIAL_OPTIONS.noProgress())
    .action(async (options) => {
      await interruptible((signal) =>
        showTrial({
          ...{ signal, given: options, report: codecReport, header: "Running codec\n" },
          run: (observers) =>
            runScenario(
              "codec",
              { secondsPerTask: options.duration / 1000, payloadBytes: options.payload },
              observers,
            ),
        })
      );
    });
}
