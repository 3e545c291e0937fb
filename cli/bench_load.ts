import { readFile, stat } from "node:fs/promises";
/**
 * The load that the words and options of `hubbub bench` give.
 *
 * @module
 */

import {
  type Assertion,
  assertionSyntax,
  type LineTemplates,
  type Metrics,
  parseAssertions,
  type PayloadSource,
  payloadText,
  type ProfileName,
  SCENARIO_NAMES,
  type ScenarioName,
} from "../bench/mod.ts";
import type { Load } from "./bench_traffic.ts";
import { CliError, EXIT, fileFault } from "./exit.ts";
import { isNamedServer } from "./named_servers.ts";
import { BENCH_REPORT, type BenchValues } from "./options/bench.ts";
import { QUESTIONS } from "./options/bench_shared.ts";
import { wholeNumber } from "./options/numbers.ts";
import type { Settings } from "./options/settings.ts";
import type { OptionTable, ValueDefinition } from "./options/table.ts";
import { suggestion, unescaped } from "./options/values.ts";
import type { AddressWords } from "./address_parts.ts";

/** Words that are an address, and not the name of a scenario. */
const ADDRESS = /[.:[\]/]|^\d+$|^localhost$/;

/**
 * The scenario that the words of the command line name, and the address words after it. Without a
 * word, or with an address as the first one, the scenario is `broadcast`.
 */
export function scenarioOf(
  [first, ...others]: readonly (string | undefined)[],
): [scenario: ScenarioName, address: AddressWords] {
  const name = SCENARIO_NAMES.find((name) => name === first);
  if (name !== undefined) return [name, [others[0], others[1]]];
  if (first === undefined) return ["broadcast", []];
  const isAddress = ADDRESS.test(first) || wholeNumber(others[0] ?? "") !== undefined ||
    isNamedServer(first);
  if (isAddress && others[1] === undefined) return ["broadcast", [first, others[0]]];
  const names = Object.keys(QUESTIONS);
  throw new CliError(
    `Unknown scenario "${first}": it must be one of ${names.join(", ")}.${
      suggestion(first, [...names, BENCH_REPORT.name])
    }`,
    EXIT.usage,
  );
}

/** The load that the options give for `broadcast` or `echo`. */
export async function loadOf(
  scenario: ScenarioName,
  values: BenchValues,
  words: AddressWords,
  assertions: readonly Assertion[],
): Promise<Load> {
  const { connectRate, senders, duration, warmUp, seed, amount } = values;
  const pace = values.ramp ?? values.rate;
  return {
    scenario,
    ...profileOf(values.profile, words),
    connections: values.connections,
    ...(connectRate === undefined ? undefined : { connectRate }),
    ...(senders === undefined ? undefined : { senders }),
    pipelining: values.pipelining,
    payloadBytes: values.payload,
    payload: await payloadOf(values.payloadFile, values.payloadKind),
    verify: values.verify,
    // The order of all messages is checked if something is asserted about it.
    ...(assertions.some(({ metric }) => metric === "order") ? { order: "total" } : undefined),
    ...(duration === undefined ? undefined : { durationSeconds: duration / 1000 }),
    ...(warmUp === undefined ? undefined : { warmUpSeconds: warmUp / 1000 }),
    ...(seed === undefined ? undefined : { seed }),
    workers: values.workers,
    timeoutSeconds: values.timeout / 1000,
    ...(amount === undefined ? undefined : { amount }),
    ...(pace === undefined ? undefined : { rate: pace }),
    ...linesOf(values),
  };
}

/** The given profile, or the one of the scheme of a URL. */
function profileOf(profile: ProfileName | undefined, [address = ""]: AddressWords) {
  const meant = profile ?? (/^wss?:/i.test(address) ? "websocket" : undefined);
  return meant === undefined ? {} : { profile: meant };
}

/** Maximum size of the file of `--payload-file`, in bytes. */
const MAX_FILE_BYTES = 1_048_576;

/**
 * The content of messages: pieces of a file, if one is named.
 *
 * @throws {CliError} that names the file.
 */
async function payloadOf(
  path: string | undefined,
  kind: BenchValues["payloadKind"],
): Promise<PayloadSource> {
  if (path === undefined) return { kind };
  try {
    const found = await stat(path);
    const { size } = found;
    if (!found.isFile()) throw new RangeError("it is not a file");
    if (size > MAX_FILE_BYTES) throw new RangeError(`it is longer than ${MAX_FILE_BYTES} bytes`);
    return payloadText(
      new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path)),
    );
  } catch (error) {
    const reason = error instanceof TypeError ? "it is not UTF-8." : fileFault(error);
    throw new CliError(`Cannot make messages from ${path}: ${reason}`, EXIT.usage, {
      cause: error,
    });
  }
}

/** The templates of the profile `line`, if any is given. */
function linesOf(
  { login, message, welcome, ownMessages }: BenchValues,
): { lines?: LineTemplates } {
  const texts = Object.entries({ login, message, welcome }).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, unescaped(text)]]
  );
  const given = { ...Object.fromEntries(texts), ...ownMessages && { ownMessages } };
  return Object.keys(given).length === 0 ? {} : { lines: given };
}

/**
 * The assertions of an option.
 *
 * @throws {CliError} with the option or the variable, and the syntax.
 */
export function assertionsOf<Result>(
  settings: Pick<Settings<OptionTable>, "textOf" | "sourceOf">,
  metrics: Metrics<Result>,
  name: "assert" | "find-limit" = "assert",
): Assertion<Result>[] {
  const text = settings.textOf(name);
  if (text === undefined) return [];
  try {
    return parseAssertions(text, metrics);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const names = Object.keys(metrics);
    const unknown = text.split(",").flatMap((part) => /^[\w.]+/.exec(part.trim()) ?? [])
      .find((name) => !names.includes(name));
    const meant = unknown === undefined ? "" : suggestion(unknown, names);
    throw new CliError(
      `Invalid ${settings.sourceOf(name)}: ${error.message}.${meant} ${assertionSyntax(metrics)}`,
      EXIT.usage,
    );
  }
}

/**
 * The number of senders among connections: the given number, or the default, at most all.
 *
 * @throws {CliError} if more are given than there are connections.
 */
export function sendersAmong(
  settings: Settings<
    OptionTable & { readonly senders: ValueDefinition<number> & { readonly default: string } }
  >,
  connections: number,
): number {
  const { senders } = settings.values;
  if (senders <= connections) return senders;
  if (settings.originOf("senders") === "default") return connections;
  throw new CliError(
    `Cannot use ${senders} senders with ${connections} connections that can send. Give at most ` +
      `-s ${connections}, or more connections.`,
    EXIT.usage,
  );
}
