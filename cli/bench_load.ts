/**
 * What the words and options of `hubbub bench` mean together.
 *
 * @module
 */

import {
  type Assertion,
  type LineTemplates,
  type PAYLOAD_KINDS,
  type PayloadSource,
  payloadText,
  type ProfileName,
  type Ramp,
  SCENARIO_NAMES,
  type ScenarioName,
} from "../bench/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { CliError, EXIT } from "./exit.ts";
import { isNamedServer } from "./named_servers.ts";
import type { AddressWords } from "./server_target.ts";
import { suggestion, unescaped } from "./options/values.ts";

/** Words that can only be an address, and no name of a scenario. */
const ADDRESS = /[.:[\]/]|^\d+$|^localhost$/;

/**
 * The scenario that the words of the command line name, and the words behind it. Where the first is an
 * address, or there is none, it is `broadcast`.
 */
export function scenarioOf(
  [first, ...others]: readonly (string | undefined)[],
): [scenario: ScenarioName, address: AddressWords] {
  const name = SCENARIO_NAMES.find((name) => name === first);
  if (name !== undefined) return [name, [others[0], others[1]]];
  if (first === undefined) return ["broadcast", []];
  const isAddress = ADDRESS.test(first) || /^\d+$/.test(others[0] ?? "") || isNamedServer(first);
  if (isAddress && others[1] === undefined) return ["broadcast", [first, others[0]]];
  const names = Object.keys(QUESTIONS);
  throw new CliError(
    `Unknown scenario "${first}": it must be one of ${names.join(", ")}.${
      suggestion(first, names)
    }`,
    EXIT.usage,
  );
}

/** The profile that was given, or that the scheme of a URL means. */
export function profileOf(profile: ProfileName | undefined, [address = ""]: AddressWords) {
  const meant = profile ?? (/^wss?:/i.test(address) ? "websocket" : undefined);
  return meant === undefined ? {} : { profile: meant };
}

/** Whether the order of all messages is to be checked: where something is asserted of it. */
export function orderOf(assertions: readonly Assertion[]): { order?: "total" } {
  return assertions.some(({ metric }) => metric === "order") ? { order: "total" } : {};
}

/** Most bytes of a file that messages are made of. */
const MAX_FILE_BYTES = 1_048_576;

/**
 * What messages are made of: pieces of a file where one is named.
 *
 * @throws {CliError} naming the file.
 */
export async function payloadOf(
  path: string | undefined,
  kind: (typeof PAYLOAD_KINDS)[number],
): Promise<PayloadSource> {
  if (path === undefined) return { kind };
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw new RangeError("it is no file");
    if (size > MAX_FILE_BYTES) throw new RangeError(`it is longer than ${MAX_FILE_BYTES} bytes`);
    return payloadText(
      new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path)),
    );
  } catch (error) {
    const reason = error instanceof TypeError
      ? "it is not UTF-8"
      : error instanceof Error
      ? error.message.replace(/\.$/, "")
      : String(error);
    throw new CliError(`Cannot make messages of ${path}: ${reason}.`, EXIT.usage, { cause: error });
  }
}

/** How many messages a second, if that is given. */
export function paceOf({ rate, ramp }: { rate?: number | undefined; ramp?: Ramp | undefined }) {
  const pace = ramp ?? rate;
  return pace === undefined ? {} : { rate: pace };
}

/** The templates of the profile `line`, if any is given. */
export function linesOf(
  { login, message, welcome, ownMessages }: {
    login?: string;
    message?: string;
    welcome?: string;
    ownMessages?: true;
  },
): { lines?: LineTemplates } {
  const texts = Object.entries({ login, message, welcome }).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, unescaped(text)]]
  );
  const given = { ...Object.fromEntries(texts), ...ownMessages && { ownMessages } };
  return Object.keys(given).length === 0 ? {} : { lines: given };
}
