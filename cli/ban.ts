import { banText } from "../protocol/mod.ts";
import { openBans } from "../server/mod.ts";
import { withDataFile } from "./data_folder.ts";
import type { BAN } from "./options/administration.ts";
import type { Run } from "./options/command_line.ts";
import { say } from "./standard_streams.ts";

type Commands = typeof BAN.commands;

/** `hubbub ban list`. */
export const listBans: Run<Commands["list"]["options"]> = async ({ values }) => {
  const bans = await withDataFile(openBans(values.data), (file) => file.list(Date.now()));
  for (const { key: target, ...ban } of bans) say(banText({ target, ...ban }));
};

/** `hubbub ban remove`. */
export const removeBan: Run<Commands["remove"]["options"]> = async ({ values }, [target = ""]) => {
  const { key } = await withDataFile(openBans(values.data), (file) => file.remove(target));
  say(`${key} is no longer banned.`);
};
