import { Command } from "@commander-js/extra-typings";
import { banText } from "../protocol/mod.ts";
import { openBans } from "../server/mod.ts";
import { dataOption, withDataFile } from "./data_folder.ts";
import { say } from "./standard_streams.ts";

/** `hubbub ban`: the bans of a data folder, with or without a running server. */
export function banCommand() {
  return new Command("ban")
    .summary("list and remove bans")
    .helpCommand(false)
    .description(
      "Shows and removes the bans in a data folder, as for an operator who is banned. A server " +
        "that uses the folder may run meanwhile, and takes the changes over within a second. Run " +
        "it as the user of the server.",
    )
    .addCommand(listCommand())
    .addCommand(removeCommand());
}

function listCommand() {
  return new Command("list")
    .summary("list the bans")
    .description("Lists the bans that hold: what is banned, by whom, until when and why.")
    .addOption(dataOption())
    .action(async ({ data }) => {
      const bans = await withDataFile(openBans(data), (file) => file.list(Date.now()));
      for (const { key: target, ...ban } of bans) say(banText({ target, ...ban }));
    });
}

function removeCommand() {
  return new Command("remove")
    .summary("remove a ban")
    .description("Removes the ban on a name, an address or a range.")
    .argument("<target>", "what is banned, as in 192.0.2.0/24")
    .addOption(dataOption())
    .action(async (target, { data }) => {
      const { key } = await withDataFile(openBans(data), (file) => file.remove(target));
      say(`${key} is no longer banned.`);
    });
}
