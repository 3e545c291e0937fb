import { Command, Option } from "@commander-js/extra-typings";
import { DEFAULTS, ROOMS_METRICS, roomsReport } from "../bench/mod.ts";
import { counted } from "../protocol/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { SCENARIO_OPTIONS, showServerScenario } from "./bench_trial.ts";
import { count, perSecond } from "./bench_values.ts";
import { CliError, EXIT } from "./exit.ts";
import { LOADED_SERVER_OPTIONS } from "./load_target.ts";
import { duration } from "./options/values.ts";

/** `hubbub bench rooms`. */
export function benchRoomsCommand() {
  return new Command("rooms")
    .summary("many rooms at a time: does everything come to the right one?")
    .description(
      `${QUESTIONS.rooms} The ` +
        "members are split evenly, one in each room sends, and every delivery is checked. It " +
        "speaks hubbub's JSON lines. Without a target it starts a server of its own.",
    )
    .argument("[host[:port]]", "the server to load; default: one of its own")
    .argument("[port]", "the port, after a host")
    .addOption(LOADED_SERVER_OPTIONS.host())
    .addOption(LOADED_SERVER_OPTIONS.port())
    .addOption(LOADED_SERVER_OPTIONS.tls())
    .addOption(LOADED_SERVER_OPTIONS.serverCommand())
    .addOption(
      new Option("--rooms <number>", "how many rooms")
        .argParser(count(1, 1000)).default(16).env("HUBBUB_BENCH_ROOMS"),
    )
    .addOption(
      new Option("-c, --connections <number>", "members of all rooms together")
        .argParser(count(2, 100_000)).default(DEFAULTS.connections).env("HUBBUB_CONNECTIONS"),
    )
    .addOption(
      new Option("-R, --rate <number/s>", "messages a second of all rooms, such as 200/s")
        .argParser(perSecond(100_000)).default(200, "200/s").env("HUBBUB_MESSAGE_RATE"),
    )
    .addOption(
      new Option("-d, --duration <time>", "how long to send")
        .argParser(duration(100, 86_400_000)).default(10_000, "10s").env("HUBBUB_DURATION"),
    )
    .addOption(
      new Option("-P, --payload <bytes>", "length of a message's text")
        .argParser(count(16, 4096)).default(DEFAULTS.payloadBytes).env("HUBBUB_PAYLOAD"),
    )
    .addOption(SCENARIO_OPTIONS.workers())
    .addOption(SCENARIO_OPTIONS.timeout())
    .addOption(SCENARIO_OPTIONS.pid())
    .addOption(SCENARIO_OPTIONS.json())
    .addOption(SCENARIO_OPTIONS.liveJson())
    .addOption(SCENARIO_OPTIONS.html())
    .addOption(SCENARIO_OPTIONS.assert(ROOMS_METRICS))
    .addOption(SCENARIO_OPTIONS.repeat())
    .addOption(SCENARIO_OPTIONS.baseline())
    .addOption(SCENARIO_OPTIONS.noProgress())
    .action(async (first, second, options, self) => {
      const { connections, rooms, rate } = options;
      if (connections < 2 * rooms) {
        throw new CliError(
          `Cannot fill ${rooms} rooms with ${connections} connections: give at least two for each, ` +
            `-c ${2 * rooms}.`,
          EXIT.usage,
        );
      }
      await showServerScenario(self, [first, second], {
        ...{ name: "rooms", given: options, report: roomsReport } as const,
        connections,
        load: `${counted(connections, "connection")} in ${counted(rooms, "room")}, ` +
          `${rate} messages/s`,
        options: (target) => ({
          ...{ target, profile: "json", connections, rooms, messagesPerSecond: rate },
          payloadBytes: options.payload,
          durationSeconds: options.duration / 1000,
          timeoutSeconds: options.timeout / 1000,
          workers: options.workers,
        }),
      });
    });
}
