/** The page beside clients of IRC that others have written. Those that are not installed are left out. */

import { assertEquals } from "@std/assert";
import { browserTest, joinPage, say, waitForText } from "../support/browser.ts";
import { IRC_PROGRAMS } from "../support/irc_programs.ts";
import { startServer } from "../support/server.ts";

for (const { name, isInstalled, start } of IRC_PROGRAMS) {
  if (!isInstalled) {
    console.log(`left out: a test with ${name}, which is not on this machine`);
    continue;
  }
  browserTest(`a page and ${name} chat, in the room and in private`, async () => {
    await using server = await startServer();
    await using ann = await joinPage(server.port, "Ann");
    await say(ann.page, "before you came");
    await using program = await start({ port: server.port, nick: "Bob" });
    await waitForText(ann.page, "Bob has joined.");
    await program.until("#lobby", "Ann", "before you came");
    await program.say("#lobby", "hello from IRC");
    await waitForText(ann.page, "hello from IRC");
    await say(ann.page, "hello from the page");
    await program.until("#lobby", "Ann", "hello from the page");
    await program.nick("Robert");
    await waitForText(ann.page, "Bob is now known as Robert.");
    await program.say("Ann", "for you alone");
    await ann.page.getByRole("navigation").getByRole("button", { name: "Robert 1 unread" }).click();
    await waitForText(ann.page, "for you alone");
    await say(ann.page, "psst");
    await program.until("Ann", "Ann", "psst");
    assertEquals(ann.errors, []);
  });
}
