import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { runTail, type TailStart } from "../client/mod.ts";
import { connectionCommand, connectionOf, endWith } from "./connection.ts";
import { TIMESTAMP_STYLES, type TimestampStyle } from "../protocol/mod.ts";
import { serverTarget } from "./server_target.ts";
import { choice, duration } from "./options/values.ts";
import { stopOnInterrupt } from "./signals.ts";
import { standardErrors, standardOutput } from "./standard_streams.ts";

/** Longest time to look back, in milliseconds: ten years. */
const MAX_AGO = 10 * 365 * 86_400_000;

/** `hubbub tail`: a room as it happens. */
export function tailCommand() {
  return connectionCommand("tail", "a name to listen by, which /users shows; default: none")
    .summary("print a room as it happens")
    .description(
      "Prints what is said in a room, until Ctrl+C. With --since it begins with what was said " +
        "before; with --no-follow it ends there. The others in the room do not see it join and " +
        "leave.",
    )
    .argument("[host[:port]]", "the server, or its name in client.json; default: 127.0.0.1:8080")
    .argument("[port]", "the port, after a host")
    .addOption(
      new Option("--since <time|number>", "from 10m, 1h or 2d ago on, or after a message's number")
        .argParser(start).env("HUBBUB_SINCE"),
    )
    .addOption(new Option("--json", "print frames, one JSON object a line").env("HUBBUB_JSON"))
    .addOption(
      new Option(
        "--timestamps <style>",
        "the time before each line: iso (with the date, in UTC), local, with a line for each new " +
          "day, or none",
      ).argParser(choice(TIMESTAMP_STYLES)).default("local" as TimestampStyle).conflicts("json")
        .env("HUBBUB_TIMESTAMPS"),
    )
    .addOption(
      new Option(
        "--no-follow",
        "end when all that was said is printed; without --since, the last 50",
      ).env("HUBBUB_NO_FOLLOW"),
    )
    .addHelpText(
      "after",
      `
Examples:
  hubbub tail 127.0.0.1:8080 --room alerts --timestamps iso >> alerts.log
  hubbub tail --since 1h --no-follow
  hubbub tail --json | jq -r 'select(.type == "message") | .from + ": " + .text'`,
    )
    .action(async (first, second, _options, self) => {
      const server = serverTarget(self, [first, second]);
      const { name, since, json, timestamps, follow, ...connection } = self.opts();
      const outcome = await runTail({
        ...connectionOf(server, connection),
        ...(name === undefined ? undefined : { name }),
        ...(since === undefined ? undefined : { since }),
        json: json === true,
        timestamps,
        follow,
        output: standardOutput(),
        errors: standardErrors,
        stop: stopOnInterrupt(),
      });
      endWith(outcome, first);
    });
}

/** Reads where to begin: a number of a message, or a time ago. */
function start(value: string): TailStart {
  if (/^\d+$/.test(value)) return { seq: Number(value) };
  try {
    return { time: Date.now() - duration(0, MAX_AGO)(value) };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError("It must be a time such as 10m, 1h or 2d, or a number.");
  }
}
