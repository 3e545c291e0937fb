/**
 * `hubbub account` and `hubbub ban`: they change a data folder, with or without a running server.
 *
 * @module
 */

import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { CliError, EXIT } from "./exit.ts";
import { type ACCOUNT, ACCOUNT_PASSWORD_VARIABLE, type BAN } from "./options/administration.ts";
import type { Run } from "./options/command_line.ts";
import { REPLACEMENT, variable } from "./options/variables.ts";
import { runtime } from "./runtime/mod.ts";
import { print } from "./standard_streams.ts";
import { checkWorkingFolder } from "./working_folder.ts";
import { keysIn, SecretInput, type UserInput } from "../client/terminal/user_input.ts";
import { banText, localTimeText } from "../protocol/mod.ts";
import type { Account } from "../server/storage/store.ts";
import {
  AccountError,
  type AccountFile,
  BanError,
  openAccounts,
  openBans,
} from "../server/storage/administration.ts";
import {
  hashAccountPassword,
  isPassword,
  MAX_PASSWORD_LENGTH,
  MIN_PASSWORD_LENGTH,
} from "../server/accounts/password.ts";
import { StorageError } from "../server/storage/storage_error.ts";

type AccountCommands = typeof ACCOUNT.commands;

export const addAccount: Run<AccountCommands["add"]["options"]> = async (
  { values },
  [name = ""],
) => {
  const { data, operator } = values;
  // Reports an unusable folder or name before it asks for a password; a missing folder is made later.
  await change(data, false, (file) => file.checkNew(name)).catch((error: CliError) => {
    if (!(error.cause instanceof AccountError && error.cause.code === "no_data")) throw error;
  });
  const passwordHash = await hashAccountPassword(await readPassword(name));
  const account = await change(data, true, (file) => file.add(name, passwordHash, operator));
  print(`The account ${account.name} was added${operator ? " as an operator" : ""}.`);
};

export const listAccounts: Run<AccountCommands["list"]["options"]> = async ({ values }) => {
  const accounts = await change(values.data, false, (file) => file.list());
  if (accounts.length > 0) print(tableOf(accounts));
};

export const removeAccount: Run<AccountCommands["remove"]["options"]> = async (
  { values },
  [name = ""],
) => {
  const account = await change(values.data, false, (file) => file.remove(name));
  print(`The account ${account.name} was removed.`);
};

export const changePassword: Run<AccountCommands["password"]["options"]> = async (
  { values: { data } },
  [name = ""],
) => {
  // Reports an unknown account before it asks for a password.
  await change(data, false, (file) => file.get(name));
  const passwordHash = await hashAccountPassword(await readPassword(name));
  const account = await change(data, false, (file) => file.setPassword(name, passwordHash));
  print(`The account ${account.name} has its new password.`);
};

function change<Result>(
  data: string,
  isMade: boolean,
  work: (file: AccountFile) => Result,
): Promise<Result> {
  return withDataFile(openAccounts(data, isMade), work);
}

async function readPassword(name: string): Promise<string> {
  const password = variable(ACCOUNT_PASSWORD_VARIABLE) ??
    (isatty(0) ? await askSecretTwice(`Password of ${name}`) : await readSecretLine());
  if (password.includes(REPLACEMENT)) {
    throw new CliError("Cannot use that password: it is not valid UTF-8.", EXIT.failed);
  }
  if (isPassword(password)) return password;
  if (password === "") {
    throw new CliError(
      `No password for ${name}: give it on the terminal, in ${ACCOUNT_PASSWORD_VARIABLE}, or as the first ` +
        "line of standard input.",
      EXIT.failed,
    );
  }
  throw new CliError(
    `Cannot use that password: it must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} ` +
      "characters.",
    EXIT.failed,
  );
}

function tableOf(accounts: readonly Account[]): string {
  const width = Math.max(...accounts.map(({ name }) => name.length));
  return accounts.map(({ name, createdAt, isOperator }) => {
    const [day] = localTimeText(createdAt).split(" ");
    return `${name.padEnd(width)}  ${day}${isOperator ? "  operator" : ""}`;
  }).join("\n");
}

type BanCommands = typeof BAN.commands;

export const listBans: Run<BanCommands["list"]["options"]> = async ({ values }) => {
  const bans = await withDataFile(openBans(values.data), (file) => file.list(Date.now()));
  for (const { key: target, ...ban } of bans) print(banText({ target, ...ban }));
};

export const removeBan: Run<BanCommands["remove"]["options"]> = async (
  { values },
  [target = ""],
) => {
  const { key } = await withDataFile(openBans(values.data), (file) => file.remove(target));
  print(`${key} is no longer banned.`);
};

/**
 * Uses a file of a data folder, and closes it.
 *
 * @throws {CliError} when the folder cannot be used, or the file refuses the change; the error of the
 * server library is its `cause`.
 */
export async function withDataFile<File extends { close(): void }, Result>(
  opening: Promise<File>,
  work: (file: File) => Result,
): Promise<Result> {
  try {
    const file = await opening;
    try {
      return work(file);
    } finally {
      file.close();
    }
  } catch (error) {
    const isExpected = [AccountError, BanError, StorageError].some((type) => error instanceof type);
    if (!isExpected) throw error;
    checkWorkingFolder();
    throw new CliError((error as Error).message, EXIT.failed, { cause: error });
  }
}

/**
 * Asks for a secret on the terminal twice, without showing it. The questions go to standard error, so
 * that standard output can be redirected.
 *
 * @throws {CliError} on Ctrl+C or Ctrl+D, or if the two differ.
 */
async function askSecretTwice(question: string): Promise<string> {
  const keys = typedKeys();
  const first = await askSecret(`${question}: `, keys);
  const second = await askSecret(`${question} again: `, keys);
  if (first !== second) throw new CliError("The two passwords differ. Try again.", EXIT.failed);
  return first;
}

async function* typedKeys(): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(1024);
  for (let length; (length = await runtime.readInput(chunk)) !== null;) {
    // Without `stream`, a character at the end of a chunk could be cut in two.
    yield* keysIn(decoder.decode(chunk.subarray(0, length), { stream: true }));
  }
}

async function askSecret(question: string, keys: AsyncGenerator<string, void>): Promise<string> {
  // Before the question, or keys that are typed at once would be shown.
  runtime.setRawInput(true);
  try {
    writeSync(2, question);
    return await readUnseen(keys);
  } finally {
    runtime.setRawInput(false);
    writeSync(2, "\n");
  }
}

async function readUnseen(keys: AsyncGenerator<string, void>): Promise<string> {
  const typed = Promise.withResolvers<UserInput>();
  let isTyped = false;
  const secret = new SecretInput((input) => {
    isTyped = true;
    typed.resolve(input);
  });
  while (!isTyped) {
    const { value: key } = await keys.next();
    if (key === undefined) secret.leave("end of input");
    else secret.press(key);
  }
  const input = await typed.promise;
  if (input.type === "leave") throw new CliError("", EXIT.interrupted);
  return input.text;
}

/** Maximum length of the first line of standard input: more is no password in any case. */
const MAX_SECRET_BYTES = 4 * MAX_PASSWORD_LENGTH + 2;

/** The first line of standard input that is no terminal, without its line end. Reads no further. */
async function readSecretLine(): Promise<string> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(MAX_SECRET_BYTES);
  let text = "";
  while (text.length < MAX_SECRET_BYTES && !text.includes("\n")) {
    const length = await runtime.readInput(chunk);
    if (length === null) break;
    text += decoder.decode(chunk.subarray(0, length), { stream: true });
  }
  return /^[^\r\n]*/.exec(text)![0];
}
