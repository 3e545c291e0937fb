import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import process from "node:process";
import { inputLines, sendLines } from "../client/mod.ts";
import { isBlank } from "../protocol/mod.ts";
import { connectionCommand, connectionOf, endWith, madeUpName } from "./connection.ts";
import { CliError, EXIT } from "./exit.ts";
import { isNamedServer } from "./named_servers.ts";
import { serverAddress } from "./options/addresses.ts";
import { type AddressWords, isTargetInOptions, serverTarget } from "./server_target.ts";
import { stopOnInterrupt } from "./signals.ts";
import { standardErrors } from "./standard_streams.ts";

/** In place of the text: it comes from standard input. */
const STANDARD_INPUT = "-";

/** `hubbub send`: one message, or the lines of standard input. */
export function sendCommand() {
  return connectionCommand("send", "the name to speak by; default: a made-up one")
    .summary("say something and leave")
    .description(
      "Says one message, waits until the server has taken it, and leaves. The words are sent as " +
        "they are: a slash at their beginning is no command. The others see the message, and no join " +
        "and leave.",
    )
    .usage("[options] <host[:port]> [port] <text...>")
    .argument("[host[:port]]", "the server, or its name in client.json; not with --host or --port")
    .argument("[text...]", "the message; - says every line of standard input")
    .addOption(
      new Option("--whisper <name>", "to that person alone, instead of to the room").env(
        "HUBBUB_WHISPER",
      ),
    )
    .addHelpText(
      "after",
      `
Examples:
  hubbub send 127.0.0.1:8080 --name cron "the backup is done"
  hubbub send chat.example.org --whisper Ann "call me"
  tail -f errors.log | hubbub send 127.0.0.1:8080 --room alerts -`,
    )
    .action(async (first, others, _options, self) => {
      const { address, text } = readWords(self, first === undefined ? [] : [first, ...others]);
      const server = serverTarget(self, address);
      const { name, whisper, ...connection } = self.opts();
      const outcome = await sendLines({
        ...connectionOf(server, connection),
        name: name ?? madeUpName("send"),
        lines: text === STANDARD_INPUT ? inputLines(process.stdin) : [text],
        ...(whisper === undefined ? undefined : { whisperTo: whisper }),
        errors: standardErrors,
        stop: stopOnInterrupt(),
      });
      endWith(outcome, address[0]);
    });
}

/**
 * Splits the words into the address of the server and the message. A number behind a host without a
 * port is the port.
 *
 * @throws {CliError} when there is no message.
 */
function readWords(
  command: CommandUnknownOpts,
  words: readonly string[],
): { address: AddressWords; text: string } {
  const [first, second, ...others] = words;
  const [address, text]: [AddressWords, readonly string[]] = isTargetInOptions(command)
    ? [[], words]
    : first !== undefined && /^\d+$/.test(second ?? "") && !hasPort(first)
    ? [[first, second], others]
    : [[first], words.slice(1)];
  if (!isBlank(text.join(" "))) return { address, text: text.join(" ") };
  throw new CliError(
    "There is nothing to say. Give a text behind the server, or - for standard input: " +
      'hubbub send 127.0.0.1:8080 "the backup is done"',
    EXIT.usage,
  );
}

/** Whether a word names a server with its port. */
function hasPort(word: string): boolean {
  return isNamedServer(word) || serverAddress(word, undefined).port !== undefined;
}
