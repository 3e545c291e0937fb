/**
 * The options of `account` and `ban`, which change a data folder.
 *
 * @module
 */

import { command, type OptionTable } from "./table.ts";
import { path } from "./values.ts";
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
      description: "Removes an account: any user may take the name.",
      arguments: [NAME],
      options: DATA,
    }),
    password: command({
      name: "password",
      summary: "change the password of an account",
      description: "Changes the password of an account. Clients lose their login to it.",
      arguments: [NAME],
      options: DATA,
      notes: PASSWORD_NOTES,
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
