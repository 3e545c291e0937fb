import {
  type Account,
  AccountError,
  type AccountFile,
  hashAccountPassword,
  isPassword,
  MAX_PASSWORD_LENGTH,
  MIN_PASSWORD_LENGTH,
  openAccounts,
} from "../server/mod.ts";
import { localTimeText } from "../protocol/mod.ts";
import { withDataFile } from "./data_folder.ts";
import { CliError, EXIT } from "./exit.ts";
import { type ACCOUNT, ACCOUNT_PASSWORD_VARIABLE } from "./options/administration.ts";
import type { Run } from "./options/command_line.ts";
import { askSecretTwice, readSecretLine } from "./secret_prompt.ts";
import { say } from "./standard_streams.ts";

type Commands = typeof ACCOUNT.commands;

/** `hubbub account add`. */
export const addAccount: Run<Commands["add"]["options"]> = async ({ values }, [name = ""]) => {
  const { data, operator } = values;
  // Reports an unusable folder before it asks for a password; a missing folder is made later.
  await change(data, false, () => {}).catch((error: CliError) => {
    if (!(error.cause instanceof AccountError)) throw error;
  });
  const passwordHash = await hashAccountPassword(await readPassword(name));
  const account = await change(data, true, (file) => file.add(name, passwordHash, operator));
  say(`The account ${account.name} was added${operator ? " as an operator" : ""}.`);
};

/** `hubbub account list`. */
export const listAccounts: Run<Commands["list"]["options"]> = async ({ values }) => {
  const accounts = await change(values.data, false, (file) => file.list());
  if (accounts.length > 0) say(tableOf(accounts));
};

/** `hubbub account remove`. */
export const removeAccount: Run<Commands["remove"]["options"]> = async (
  { values },
  [name = ""],
) => {
  const account = await change(values.data, false, (file) => file.remove(name));
  say(`The account ${account.name} was removed.`);
};

/** `hubbub account password`. */
export const changePassword: Run<Commands["password"]["options"]> = async (
  { values: { data } },
  [name = ""],
) => {
  // Reports an unknown account before it asks for a password.
  await change(data, false, (file) => file.get(name));
  const passwordHash = await hashAccountPassword(await readPassword(name));
  const account = await change(data, false, (file) => file.setPassword(name, passwordHash));
  say(`The account ${account.name} has its new password.`);
};

/** Uses the accounts of a folder. */
function change<Result>(
  data: string,
  isMade: boolean,
  work: (file: AccountFile) => Result,
): Promise<Result> {
  return withDataFile(openAccounts(data, isMade), work);
}

async function readPassword(name: string): Promise<string> {
  const password = Deno.env.get(ACCOUNT_PASSWORD_VARIABLE) ??
    (Deno.stdin.isTerminal()
      ? await askSecretTwice(`Password of ${name}`)
      : await readSecretLine());
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
