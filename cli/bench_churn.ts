import { Command, Option } from "@commander-js/extra-typings";
import { CHURN_METRICS, churnReport, DEFAULTS } from "../bench/mod.ts";
import { counted } from "../protocol/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { SCENARIO_OPTIONS, showServerScenario } from "./bench_trial.ts";
import { count, perSecond, sendersAmong } from "./bench_values.ts";
import { LOADED_SERVER_OPTIONS } from "./load_target.ts";
import { duration } from "./options/values.ts";

/** `hubbub bench churn`. */
export function benchChurnCommand() {
  return new Command("churn")
    .summary("others join and leave while a crowd chats")
    .description(
      `${QUESTIONS.churn} A standing ` +
        "crowd chats, every message of it checked; for the first quarter of the time alone, then " +
        "others join and leave. Without a target it starts a server of its own.",
    )
    .argument("[host[:port]]", "the server to load; default: one of its own")
    .argument("[port]", "the port, after a host")
    .addOption(LOADED_SERVER_OPTIONS.host())
    .addOption(LOADED_SERVER_OPTIONS.port())
    .addOption(LOADED_SERVER_OPTIONS.tls())
    .addOption(LOADED_SERVER_OPTIONS.serverCommand())
    .addOption(
      new Option("-c, --connections <number>", "the standing crowd")
        .argParser(count(2, 100_000)).default(64).env("HUBBUB_CONNECTIONS"),
    )
    .addOption(
      new Option("-s, --senders <number>", "how many of them send")
        .argParser(count(1, 1000)).default(4).env("HUBBUB_SENDERS"),
    )
    .addOption(
      new Option("-R, --rate <number/s>", "messages a second of all senders, such as 200/s")
        .argParser(perSecond(100_000)).default(200, "200/s").env("HUBBUB_MESSAGE_RATE"),
    )
    .addOption(
      new Option("--churn-rate <number/s>", "how many join a second, such as 20/s")
        .argParser(perSecond(10_000)).default(20, "20/s").env("HUBBUB_CHURN_RATE"),
    )
    .addOption(
      new Option("--stay <time>", "how long each of them stays, at most to the end")
        .argParser(duration(0, 600_000)).default(500, "500ms").env("HUBBUB_STAY"),
    )
    .addOption(
      new Option("-d, --duration <time>", "how long altogether")
        .argParser(duration(100, 86_400_000)).default(10_000, "10s").env("HUBBUB_DURATION"),
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
    .addOption(SCENARIO_OPTIONS.assert(CHURN_METRICS))
    .addOption(SCENARIO_OPTIONS.repeat())
    .addOption(SCENARIO_OPTIONS.baseline())
    .addOption(SCENARIO_OPTIONS.noProgress())
    .action(async (first, second, options, self) => {
      const { connections, churnRate, rate, profile } = options;
      const senders = sendersAmong(self, connections);
      // A visitor stays, and may take a second to close.
      const visitors = Math.ceil(churnRate * (options.stay / 1000 + 1));
      await showServerScenario(self, [first, second], {
        ...{ name: "churn", given: options, report: churnReport } as const,
        connections: connections + visitors,
        load: `${counted(connections, "connection")}, ${rate} messages/s, ${churnRate} joins/s, ` +
          `profile ${profile}`,
        options: (target) => ({
          ...{ target, profile, connections, senders },
          ...{ messagesPerSecond: rate, churnPerSecond: churnRate },
          payloadBytes: options.payload,
          staySeconds: options.stay / 1000,
          durationSeconds: options.duration / 1000,
          timeoutSeconds: options.timeout / 1000,
          workers: options.workers,
        }),
      });
    });
}
