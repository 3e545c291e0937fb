/**
 * The options of `account`, `token` and `ban`, which change a data folder.
 *
 * @module
 */

import { command, type OptionTable } from "./table.ts";
import { InvalidArgumentError } from "./commander.ts";
import { duration } from "./numbers.ts";
import { path, text } from "./values.ts";
import { SUMMARIES } from "./summaries.ts";

/** The variable with the password for `account add` and `account password`. */
export const ACCOUNT_PASSWORD_VARIABLE = "HUBBUB_ACCOUNT_PASSWORD";

const PASSWORD_NOTES = `The password is asked for on the terminal, twice; otherwise it is
${ACCOUNT_PASSWORD_VARIABLE}, or the first line of standard input. It has 8 to 256
characters.`;

const DATA = {
  data: {
    takes: "value",
    placeholder: "<folder>",
    help: "data folder of the server",
    isRequired: true,
    parse: path,
  },
} as const satisfies OptionTable;

const NAME = { usage: "<name>", help: "name in the chat" };

export const ACCOUNT = {
  name: "account",
  summary: SUMMARIES.account,
  description:
    "Changes the registered names in a data folder. A server that uses the folder may run at the " +
    "same time, and applies the changes within a second. Run it as the user of the server.",
  commands: {
    add: command({
      name: "add",
      summary: "add an account",
      description: "Registers a name with a password.",
      arguments: [NAME],
      options: {
        ...DATA,
        // HUBBUB_OPERATOR names the operators of `serve`.
        operator: {
          takes: "flag",
          help: "allow /kick, /ban and /mute",
          variables: [],
        },
      },
      notes: PASSWORD_NOTES,
    }),
    list: command({
      name: "list",
      summary: "list the accounts",
      description: "Lists all accounts: name, day of registration, and whether it is an operator.",
      options: DATA,
    }),
    remove: command({
      name: "remove",
      summary: "remove an account",
      description: "Removes an account, and its tokens: any user may take the name.",
      arguments: [NAME],
      options: DATA,
    }),
    password: command({
      name: "password",
      summary: "change the password of an account",
      description:
        "Changes the password of an account. Clients lose their login to it; its tokens stay valid.",
      arguments: [NAME],
      options: DATA,
      notes: PASSWORD_NOTES,
    }),
  },
} as const;

/** Maximum lifetime of a token that expires, in days; the minimum is one minute. */
const MAX_TOKEN_DAYS = 3650;

export const TOKEN = {
  name: "token",
  summary: SUMMARIES.token,
  description:
    "Changes the tokens in a data folder. A program sends a token over HTTP in place of the name and " +
    "the password of an account. A server that uses the folder may run at the same time, and applies " +
    "the changes at once. Run it as the user of the server.",
  commands: {
    add: command({
      name: "add",
      summary: "add a token to an account",
      description: "Prints a new token of an account, once: the data folder has only its hash.",
      arguments: [{ usage: "<name>", help: "name of the account" }],
      options: {
        ...DATA,
        label: {
          takes: "value",
          placeholder: "<text>",
          help: "what the token is for, in the list",
          variables: [],
          without: "none",
          parse: text,
        },
        expires: {
          takes: "value",
          placeholder: "<time>",
          help: `time until the token expires, such as 12h or 90d, at most ${MAX_TOKEN_DAYS}d`,
          variables: [],
          without: "never",
          parse: lifetime,
        },
      },
      notes: "Example: curl --oauth2-bearer TOKEN -d done http://127.0.0.1:8080/rooms/lobby",
    }),
    list: command({
      name: "list",
      summary: "list the tokens",
      description:
        "Lists all tokens: id, account, day of creation, last use, expiry and label. A token begins " +
        "with hub_ and its id.",
      options: DATA,
    }),
    remove: command({
      name: "remove",
      summary: "remove a token",
      description: "Removes a token: programs cannot use it any more.",
      arguments: [{ usage: "<id>", help: "id of the token, as in the list" }],
      options: DATA,
    }),
  },
} as const;

export const BAN = {
  name: "ban",
  summary: SUMMARIES.ban,
  description:
    "Shows and removes the bans in a data folder, for example for an operator who is banned. A " +
    "server that uses the folder may run at the same time, and applies the changes within a second. " +
    "Run it as the user of the server.",
  commands: {
    list: command({
      name: "list",
      summary: "list the bans",
      description: "Lists the bans in force: target, operator, end and reason.",
      options: DATA,
    }),
    remove: command({
      name: "remove",
      summary: "remove a ban",
      description: "Removes the ban on a name, an address or a range.",
      arguments: [{ usage: "<target>", help: "what is banned, such as 192.0.2.0/24" }],
      options: DATA,
    }),
  },
} as const;

/** Reads the lifetime of a token in milliseconds. A bare number could be one of days as well as of seconds. */
function lifetime(value: string): number {
  if (/^\d+$/.test(value)) {
    throw new InvalidArgumentError(`expected a duration with its unit, such as ${value}d or 12h.`);
  }
  return duration(60_000, MAX_TOKEN_DAYS * 86_400_000)(value);
}
