import { Option } from "@commander-js/extra-typings";
import process from "node:process";
import { exitCodeOf, inputLines, sendLines } from "../client/mod.ts";
import { isBlank } from "../protocol/mod.ts";
import { connectionCommand, connectionOf, madeUpName, stopOnInterrupt } from "./connection.ts";
import { CliError, EXIT } from "./exit.ts";
import { address } from "./values.ts";
import { standardErrors } from "./standard_streams.ts";

/** In place of the text: it comes from standard input. */
const STANDARD_INPUT = "-";

/** `hubbub send`: one message, or the lines of standard input. */
export function sendCommand() {
  return connectionCommand("send", "the name to speak by; default: a made-up one")
    .summary("say something and leave")
    .description(
      "Says one message, waits until the server has taken it, and leaves. The words are sent as " +
        "they are: a slash at their beginning is no command.",
    )
    .argument("<host[:port]>", "the server")
    .argument("<text...>", "the message; - says every line of standard input")
    .addOption(new Option("--whisper <name>", "to that person alone, instead of to the room"))
    .addHelpText(
      "after",
      `
Examples:
  hubbub send 127.0.0.1:8080 --name cron "the backup is done"
  hubbub send chat.example.org --whisper Ann "call me"
  tail -f errors.log | hubbub send 127.0.0.1:8080 --room alerts -`,
    )
    .action(async (host, words, { name, whisper, ...connection }) => {
      const text = words.join(" ");
      if (isBlank(text)) {
        throw new CliError(
          "There is nothing to say. Give a text, or - for standard input.",
          EXIT.usage,
        );
      }
      const outcome = await sendLines({
        ...connectionOf(address(host, undefined), connection),
        name: name ?? madeUpName("send"),
        lines: text === STANDARD_INPUT ? inputLines(process.stdin) : [text],
        ...(whisper === undefined ? undefined : { whisperTo: whisper }),
        errors: standardErrors,
        stop: stopOnInterrupt(),
      });
      const exitCode = exitCodeOf(outcome);
      if (exitCode !== EXIT.done) throw new CliError("", exitCode);
    });
}
