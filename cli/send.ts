import process from "node:process";
import { inputLines } from "../client/lines/input_lines.ts";
import { sendLines } from "../client/scripts/send_lines.ts";
import { isBlank } from "../protocol/mod.ts";
import { connectionOf, endWith, generatedName } from "./connection.ts";
import { CliError, EXIT } from "./exit.ts";
import { isNamedServer } from "./named_servers.ts";
import { wholeNumber } from "./options/numbers.ts";
import { serverAddress } from "./options/addresses.ts";
import type { SEND } from "./options/clients.ts";
import type { Run } from "./options/command_line.ts";
import type { AddressWords } from "./address_parts.ts";
import { isTargetInOptions, resolveServer } from "./server_target.ts";
import { stopOnInterrupt } from "./signals.ts";
import { standardErrors } from "./node_streams.ts";

/** In place of the text: it comes from standard input. */
const STANDARD_INPUT = "-";

/** `hubbub send`: one message, or the lines of standard input. */
export const send: Run<typeof SEND.options> = async (given, words) => {
  const { file } = given.values;
  const { address: addressWords, text } = splitWords(words, isTargetInOptions(given));
  if (text === undefined && file === undefined) {
    throw new CliError(
      "There is no message to send. Give a text after the server, or - for standard input: " +
        'hubbub send 127.0.0.1:8080 "the backup is done"',
      EXIT.usage,
    );
  }
  if (text !== undefined && file !== undefined) {
    throw new CliError("Cannot send a text and --file together. Give one of them.", EXIT.usage);
  }
  const { address, settings: { values } } = resolveServer(given, addressWords);
  const { name, whisper } = values;
  const options = {
    ...connectionOf(address, values),
    name: name ?? generatedName("send"),
    ...(whisper === undefined ? undefined : { whisperTo: whisper }),
    errors: standardErrors,
    stop: stopOnInterrupt(),
  };
  const outcome = file !== undefined
    ? await (await import("../client/scripts/send_path.ts")).sendPath({ ...options, path: file })
    : await sendLines({
      ...options,
      lines: text === STANDARD_INPUT ? inputLines(process.stdin) : [text!],
    });
  endWith(outcome, addressWords[0]);
};

/**
 * Splits the words into the address of the server and the message. A number behind a host without a
 * port is the port.
 *
 * @param hasTarget true if no word names the server.
 * @returns no text if the rest is blank.
 */
function splitWords(
  words: readonly string[],
  hasTarget: boolean,
): { address: AddressWords; text: string | undefined } {
  const [first, second, ...others] = words;
  const [address, text]: [AddressWords, readonly string[]] = hasTarget
    ? [[], words]
    : first !== undefined && wholeNumber(second ?? "") !== undefined && !hasPort(first)
    ? [[first, second], others]
    : [[first], words.slice(1)];
  const joined = text.join(" ");
  return { address, text: isBlank(joined) ? undefined : joined };
}

/** Whether a word names a server with its port. */
function hasPort(word: string): boolean {
  return isNamedServer(word) || serverAddress(word, undefined).port !== undefined;
}
