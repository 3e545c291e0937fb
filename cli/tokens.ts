/**
 * `hubbub token`: it changes the tokens in a data folder, with or without a running server.
 *
 * @module
 */

import { withDataFile } from "./administration.ts";
import type { TOKEN } from "./options/administration.ts";
import type { Run } from "./options/command_line.ts";
import { print, warn } from "./standard_streams.ts";
import { localTimeText } from "../protocol/mod.ts";
import { newApiToken } from "../server/accounts/api_tokens.ts";
import { type ListedToken, openTokens } from "../server/storage/token_administration.ts";

type TokenCommands = typeof TOKEN.commands;

export const addToken: Run<TokenCommands["add"]["options"]> = async (
  { values: { data, label, expires } },
  [name = ""],
) => {
  const now = Date.now();
  const expiresAt = expires === undefined ? undefined : now + expires;
  const { token, ...secret } = newApiToken();
  const { accountName } = await withDataFile(
    openTokens(data),
    (file) => file.add(name, secret, { label, expiresAt }, now),
  );
  print(token);
  const end = expiresAt === undefined
    ? "does not expire"
    : `expires on ${localTimeText(expiresAt)}`;
  warn(`The token ${secret.id} of ${accountName} ${end}. Keep it: it is not shown again.`);
};

export const listTokens: Run<TokenCommands["list"]["options"]> = async ({ values }) => {
  const tokens = await withDataFile(openTokens(values.data), (file) => file.list());
  if (tokens.length > 0) print(tableOf(tokens, Date.now()));
};

export const removeToken: Run<TokenCommands["remove"]["options"]> = async (
  { values },
  [id = ""],
) => {
  const { accountName } = await withDataFile(openTokens(values.data), (file) => file.remove(id));
  print(`The token ${id} of ${accountName} was removed.`);
};

function tableOf(tokens: readonly ListedToken[], now: number): string {
  const rows = tokens.map(({ id, accountName, label, createdAt, usedAt, expiresAt }) => [
    id,
    accountName,
    dayOf(createdAt),
    usedAt === undefined ? "never used" : `used ${dayOf(usedAt)}`,
    expiresAt === undefined
      ? ""
      : `${expiresAt <= now ? "expired" : "expires"} ${localTimeText(expiresAt)}`,
    label,
  ]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column]!)).filter((cell) => cell !== "")
      .join("  ").trimEnd()
  ).join("\n");
}

function dayOf(time: number): string {
  return localTimeText(time).split(" ")[0]!;
}
