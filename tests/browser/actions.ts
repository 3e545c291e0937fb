/** What the page offers for a user and for a message: menus, quotations, refused messages. */

import { assertEquals } from "@std/assert";
import {
  barriers,
  browserTest,
  joinPage,
  messagesOn,
  openPage,
  openWhispers,
  say,
  waitForText,
} from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { addAccount, withData } from "../support/accounts.ts";

browserTest("a name opens a menu, and a message is quoted by keys alone", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann", { bypassCSP: true });
  const { page } = ann;
  const { keyboard } = page;
  const ben = await RawClient.join(server.port, "Ben");
  ben.send("how are\nyou?\n");
  await waitForText(page, "you?");
  const value = () => page.getByLabel("Message", { exact: true }).inputValue();
  const items = page.getByRole("menuitem");

  await page.getByRole("log").getByText("Ben", { exact: true }).first().click();
  assertEquals(await items.allInnerTexts(), ["Whisper to Ben", "Mention Ben", "Ignore Ben"]);
  assertEquals(await barriers(page), []);
  await keyboard.press("Escape");
  assertEquals(await items.count(), 0);
  await keyboard.press("Enter"); // the message has the focus
  await items.filter({ hasText: "Mention Ben" }).click();
  await keyboard.type("fine");
  assertEquals(await value(), "Ben: fine");

  await page.getByRole("log").focus();
  await keyboard.press("ArrowUp");
  await keyboard.press("ArrowUp");
  await keyboard.press("Enter");
  assertEquals((await items.allInnerTexts())[0], "Quote");
  await keyboard.press("Enter");
  assertEquals(await value(), "> Ben: how are\nBen: fine");
  await keyboard.press("Enter");
  await ben.until("Ann: > Ben: how are");
  assertEquals(await page.locator("#log .own blockquote").innerText(), "Ben: how are");

  await page.locator("#log .message").first().hover();
  await page.getByRole("button", { name: "Actions" }).click();
  await items.filter({ hasText: "Ignore Ben" }).click();
  await waitForText(page, "You ignore Ben now. /unignore Ben takes it back.");
  assertEquals(ann.errors, []);
  ben.close();
});

browserTest(
  "operators have a badge, and kick, mute and ban by a menu",
  () =>
    withData({}, async ({ port, data }) => {
      await addAccount(data, "Op", "secret 123", true);
      await using op = await openPage(`http://127.0.0.1:${port}/`);
      const { page } = op;
      await page.getByLabel("Name", { exact: true }).fill("Op");
      await page.getByText("Passwords, another server").click();
      await page.getByLabel("Password of the name").fill("secret 123");
      await page.keyboard.press("Enter");
      await page.getByRole("complementary").getByText("operator").waitFor();
      const pest = await RawClient.join(port, "pest");
      const choose = async (item: string) => {
        await page.getByRole("complementary").getByRole("button", { name: "pest" }).click();
        await page.getByRole("menuitem", { name: item }).click();
      };
      await choose("Mute pest…");
      await page.getByLabel("For").selectOption("1 hour");
      await page.getByRole("button", { name: "Mute" }).click();
      await pest.until("An operator has muted you");
      await choose("Kick pest…");
      await page.keyboard.type("enough");
      await page.keyboard.press("Enter");
      await pest.until("enough");
      await waitForText(page, "pest was kicked by Op: enough.");
      assertEquals(op.errors, []);
      pest.close();
    }),
);

browserTest("a refused message is sent again or edited", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  const ben = await RawClient.join(server.port, "Ben");
  ben.send("/ignore Ann\n");
  await ben.until("You ignore Ann now.");
  await openWhispers(page, "Ben");
  await say(page, "are you there?");
  const again = page.getByRole("button", { name: "Send again" });
  await again.waitFor();
  const field = page.getByLabel("Message", { exact: true });
  assertEquals(await field.inputValue(), "", "the text is in the log");
  ben.send("/unignore Ann\n");
  await ben.until("You no longer ignore Ann.");
  await again.click();
  await ben.until("[WHISPER from Ann]: are you there?\n");
  await page.locator("#log .own.delivered").waitFor();
  assertEquals(await messagesOn(page), ["are you there?"]);
  assertEquals(await field.inputValue(), "");

  ben.send("/ignore Ann\n");
  await ben.until("You ignore Ann now.");
  await say(page, "gone?");
  await again.waitFor();
  await field.fill("another thought");
  await page.getByRole("button", { name: "Edit" }).click();
  assertEquals([await field.inputValue(), await again.count()], ["gone?", 0]);
  await field.press("ArrowUp");
  assertEquals(await field.inputValue(), "gone?", "only a field without a text of its own recalls");
  await field.fill("");
  await field.press("ArrowUp");
  assertEquals(await field.inputValue(), "another thought");
  assertEquals(ann.errors, []);
  ben.close();
});
