import { Command, Option } from "@commander-js/extra-typings";
import { STALL_METRICS, stallReport } from "../bench/mod.ts";
import { counted } from "../protocol/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { SCENARIO_OPTIONS, showServerScenario } from "./bench_trial.ts";
import { count, perSecond, sendersAmong } from "./bench_values.ts";
import { CliError, EXIT } from "./exit.ts";
import { LOADED_SERVER_OPTIONS } from "./load_target.ts";
import { duration } from "./options/values.ts";

/** `hubbub bench stall`. */
export function benchStallCommand() {
  return new Command("stall")
    .summary("some readers stop reading: what do the others notice?")
    .description(
      `${QUESTIONS.stall} ` +
        "Everybody reads at first; then some stop for as long, while the talk goes on; then they " +
        "read again. The others must lose nothing; for the stalled, what they received, what the " +
        "server told them that it skipped and what was lost adds up. Without a target it starts " +
        "a server of its own.",
    )
    .argument("[host[:port]]", "the server to load; default: one of its own")
    .argument("[port]", "the port, after a host")
    .addOption(LOADED_SERVER_OPTIONS.host())
    .addOption(LOADED_SERVER_OPTIONS.port())
    .addOption(LOADED_SERVER_OPTIONS.tls())
    .addOption(LOADED_SERVER_OPTIONS.serverCommand())
    .addOption(
      new Option("-c, --connections <number>", "members, those that stall included")
        .argParser(count(3, 1_000_000)).default(16).env("HUBBUB_CONNECTIONS"),
    )
    .addOption(
      new Option("--stalled <number>", "how many of them stop reading; they do not send")
        .argParser(count(1, 1_000_000)).default(4).env("HUBBUB_STALLED"),
    )
    .addOption(
      new Option("-s, --senders <number>", "how many of the others send")
        .argParser(count(1, 10_000)).default(4).env("HUBBUB_SENDERS"),
    )
    .addOption(
      new Option("-R, --rate <number/s>", "messages a second, of all senders together")
        .argParser(perSecond(100_000)).default(4000, "4000/s").env("HUBBUB_MESSAGE_RATE"),
    )
    .addOption(
      new Option("-P, --payload <bytes>", "length of a message's text")
        .argParser(count(16, 4096)).default(1024).env("HUBBUB_PAYLOAD"),
    )
    .addOption(
      new Option("-d, --duration <time>", "how long everybody reads, and then some do not")
        .argParser(duration(100, 86_400_000)).default(5000, "5s").env("HUBBUB_DURATION"),
    )
    .addOption(SCENARIO_OPTIONS.profile())
    .addOption(SCENARIO_OPTIONS.workers())
    .addOption(SCENARIO_OPTIONS.timeout())
    .addOption(SCENARIO_OPTIONS.pid())
    .addOption(SCENARIO_OPTIONS.json())
    .addOption(SCENARIO_OPTIONS.liveJson())
    .addOption(SCENARIO_OPTIONS.html())
    .addOption(SCENARIO_OPTIONS.assert(STALL_METRICS))
    .addOption(SCENARIO_OPTIONS.repeat())
    .addOption(SCENARIO_OPTIONS.baseline())
    .addOption(SCENARIO_OPTIONS.noProgress())
    .action(async (first, second, options, self) => {
      const { connections, stalled, rate, profile } = options;
      if (connections - stalled < 2) {
        throw new CliError(
          `Cannot let ${stalled} of ${connections} connections stop reading: two must go on. Give ` +
            "more --connections.",
          EXIT.usage,
        );
      }
      const senders = sendersAmong(self, connections - stalled);
      await showServerScenario(self, [first, second], {
        ...{ name: "stall", given: options, report: stallReport } as const,
        connections,
        load:
          `${counted(connections, "connection")}, ${
            senders === 1 ? "1 sends" : `${senders} send`
          } ${rate} messages/s, ${stalled} stop reading after ${options.duration / 1000}s, ` +
          `profile ${profile}`,
        options: (target) => ({
          ...{ target, profile, connections, stalled, senders, messagesPerSecond: rate },
          payloadBytes: options.payload,
          durationSeconds: options.duration / 1000,
          timeoutSeconds: options.timeout / 1000,
          workers: options.workers,
        }),
      });
    });
}
