/** What a message can contain: code, quoted lines, emoji, several lines. */

import { assertEquals } from "@std/assert";
import { browserTest, joinPage, messagesOn, say, waitForText } from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

browserTest("code and quoted lines have a form of their own, and an emoji its name", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  const { keyboard } = page;
  const ben = await RawClient.join(server.port, "Ben");
  await say(page, "> Ben: how?\nrun `<b>ls</b>` so:\n```sh\nls | wc\n\n  # all\n```");
  await waitForText(page, "<b>ls</b>");
  assertEquals(await page.locator("#log blockquote").innerText(), "Ben: how?");
  assertEquals(await page.locator("#log .text > code").innerText(), "<b>ls</b>");
  assertEquals(await page.locator("#log pre").innerText(), "ls | wc\n\n  # all");
  await ben.until("# all");

  await say(page, "now :tea:"); // before the names are loaded
  await ben.until("Ann: now 🍵\n");
  await keyboard.type("/register :rock");
  await keyboard.press("Control+a");
  assertEquals(await page.getByRole("option").count(), 0, "a password is no name");
  await keyboard.type("done :rock");
  await page.getByRole("option", { name: "🚀 :rocket:" }).waitFor();
  await keyboard.press("Enter");
  await keyboard.type("and :+1:");
  assertEquals(await page.getByLabel("Message", { exact: true }).inputValue(), "done 🚀 and 👍");
  await keyboard.press("Enter");
  await ben.until("Ann: done 🚀 and 👍\n");
  assertEquals(ann.errors, []);
  ben.close();
});

browserTest("on a phone a button begins a new line, and the field keeps the focus", async () => {
  await using server = await startServer();
  const phone = { viewport: { width: 360, height: 700 }, hasTouch: true, isMobile: true };
  await using ann = await joinPage(server.port, "Ann", phone);
  const { page } = ann;
  const button = page.getByRole("button", { name: "New line" });
  assertEquals(await button.isVisible(), false);
  await page.getByLabel("Message", { exact: true }).tap();
  await page.keyboard.type("one");
  await button.tap();
  await page.keyboard.type("two");
  await page.getByRole("button", { name: "Send", exact: true }).tap();
  await page.getByText("one\ntwo").waitFor();
  assertEquals(await messagesOn(page), ["one\ntwo"]);
  assertEquals(ann.errors, []);
});
