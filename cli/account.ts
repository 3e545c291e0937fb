import { Command, Option } from "@commander-js/extra-typings";
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
import { dataOption, withDataFile } from "./data_folder.ts";
import { CliError, EXIT } from "./exit.ts";
import { askSecretTwice, readSecretLine } from "./secret_prompt.ts";
import { say } from "./standard_streams.ts";

/** The variable from which a script gives the password. */
const PASSWORD_VARIABLE = "HUBBUB_ACCOUNT_PASSWORD";

const PASSWORD_HELP = `
The password is asked for on the terminal, twice; otherwise it is ${PASSWORD_VARIABLE}, or the first
line of standard input. It has ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters.`;

/** `hubbub account`: the registered names of a data folder, with or without a running server. */
export function accountCommand() {
  return new Command("account")
    .summary("add, list and remove accounts and operators")
    .helpCommand(false)
    .description(
      "Changes the registered names in a data folder. A server that uses the folder may run " +
        "meanwhile, and takes the changes over within a second. Run it as the user of the server.",
    )
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand())
    .addCommand(passwordCommand());
}

function addCommand() {
  return new Command("add")
    .summary("add an account")
    .description("Registers a name with a password.")
    .argument("<name>", "the name in the chat")
    .addOption(dataOption())
    // Without a variable: HUBBUB_OPERATOR names the operators of `serve`.
    .addOption(new Option("--operator", "may keep order: /kick, /ban, /mute"))
    .addHelpText("after", PASSWORD_HELP)
    .action(async (name, { data, operator = false }) => {
      // Reports an unusable folder before it asks for a password; a missing folder is made later.
      await change(data, false, () => {}).catch((error: CliError) => {
        if (!(error.cause instanceof AccountError)) throw error;
      });
      const passwordHash = await hashAccountPassword(await readPassword(name));
      const account = await change(data, true, (file) => file.add(name, passwordHash, operator));
      say(`The account ${account.name} was added${operator ? " as an operator" : ""}.`);
    });
}

function listCommand() {
  return new Command("list")
    .summary("list the accounts")
    .description("Lists all accounts: name, day of registration, and whether it is an operator.")
    .addOption(dataOption())
    .action(async ({ data }) => {
      const accounts = await change(data, false, (file) => file.list());
      if (accounts.length > 0) say(tableOf(accounts));
    });
}

function removeCommand() {
  return new Command("remove")
    .summary("remove an account")
    .description("Removes an account: anybody may take the name.")
    .argument("<name>", "the name in the chat")
    .addOption(dataOption())
    .action(async (name, { data }) => {
      const account = await change(data, false, (file) => file.remove(name));
      say(`The account ${account.name} was removed.`);
    });
}

function passwordCommand() {
  return new Command("password")
    .summary("change the password of an account")
    .description("Gives an account another password. Clients lose their login to it.")
    .argument("<name>", "the name in the chat")
    .addOption(dataOption())
    .addHelpText("after", PASSWORD_HELP)
    .action(async (name, { data }) => {
      // Asking for a password would be in vain.
      await change(data, false, (file) => file.get(name));
      const passwordHash = await hashAccountPassword(await readPassword(name));
      const account = await change(data, false, (file) => file.setPassword(name, passwordHash));
      say(`The account ${account.name} has its new password.`);
    });
}

/** Uses the accounts of a folder. */
function change<Result>(
  data: string,
  isMade: boolean,
  work: (file: AccountFile) => Result,
): Promise<Result> {
  return withDataFile(openAccounts(data, isMade), work);
}

async function readPassword(name: string): Promise<string> {
  const password = Deno.env.get(PASSWORD_VARIABLE) ??
    (Deno.stdin.isTerminal()
      ? await askSecretTwice(`Password of ${name}`)
      : await readSecretLine());
  if (isPassword(password)) return password;
  if (password === "") {
    throw new CliError(
      `No password for ${name}: give it on the terminal, in ${PASSWORD_VARIABLE}, or as the first ` +
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
