import { ACCOUNT, BAN, TOKEN } from "./options/administration.ts";
import { commandOf } from "./options/command_line.ts";
import type { Command } from "./options/commander.ts";

const load = () => import("./administration.ts");
const loadTokens = () => import("./tokens.ts");

/** Defines `hubbub account` with its subcommands. */
export function defineAccount(command: Command): void {
  const { add, list, remove, password } = ACCOUNT.commands;
  command.description(ACCOUNT.description).helpCommand(false)
    .addCommand(commandOf(add, async () => (await load()).addAccount))
    .addCommand(commandOf(list, async () => (await load()).listAccounts))
    .addCommand(commandOf(remove, async () => (await load()).removeAccount))
    .addCommand(commandOf(password, async () => (await load()).changePassword));
  for (const inner of command.commands) inner.copyInheritedSettings(command);
}

/** Defines `hubbub token` with its subcommands. */
export function defineToken(command: Command): void {
  const { add, list, remove } = TOKEN.commands;
  command.description(TOKEN.description).helpCommand(false)
    .addCommand(commandOf(add, async () => (await loadTokens()).addToken))
    .addCommand(commandOf(list, async () => (await loadTokens()).listTokens))
    .addCommand(commandOf(remove, async () => (await loadTokens()).removeToken));
  for (const inner of command.commands) inner.copyInheritedSettings(command);
}

/** Defines `hubbub ban` with its subcommands. */
export function defineBan(command: Command): void {
  const { list, remove } = BAN.commands;
  command.description(BAN.description).helpCommand(false)
    .addCommand(commandOf(list, async () => (await load()).listBans))
    .addCommand(commandOf(remove, async () => (await load()).removeBan));
  for (const inner of command.commands) inner.copyInheritedSettings(command);
}
