/** The page in a real browser, and people with other clients beside it. */

import { assert, assertEquals } from "@std/assert";
import {
  barriers,
  browserTest,
  joinPage,
  messagesOn,
  say,
  waitForText,
} from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

browserTest("two pages and a user with nc chat", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  await using ben = await joinPage(server.port, "Ben");
  const person = await RawClient.connect(server.port);
  await person.until("Enter your username: ");
  person.send("Cy\n");
  await waitForText(ann.page, "Ben and Cy joined.");

  await say(ann.page, "hello from the page");
  await waitForText(ben.page, "hello from the page");
  await person.until("Ann: hello from the page\n");
  person.send("hello from nc\n");
  for (const { page } of [ann, ben]) await waitForText(page, "hello from nc");
  assertEquals(await messagesOn(ann.page), ["hello from the page", "hello from nc"]);

  await ann.page.getByRole("complementary", { name: /People/ }).getByText("Cy").waitFor();
  person.send("/away lunch\n");
  await ann.page.getByText("away: lunch").waitFor();
  person.send("/whisper Ann for you alone\n");
  await ann.page.getByRole("status").getByText("Not read yet: Cy (1)").waitFor();
  await ann.page.getByRole("navigation").getByRole("button", { name: "Cy 1 unread" }).click();
  await waitForText(ann.page, "for you alone");
  // What is half typed is not said elsewhere.
  const field = ann.page.getByLabel("Message", { exact: true });
  await field.fill("only to Cy");
  await ann.page.getByRole("navigation").getByRole("button", { name: /# lobby/ }).click();
  await ann.page.getByRole("heading", { name: "# lobby" }).waitFor();
  assertEquals(await field.inputValue(), "");
  await ann.page.getByRole("navigation").getByRole("button", { name: "Cy" }).first().click();
  await ann.page.getByRole("heading", { name: "Cy" }).waitFor();
  assertEquals(await field.inputValue(), "only to Cy");
  await field.press("Enter");
  await person.until("[WHISPER from Ann]: only to Cy\n");
  await ann.page.getByRole("navigation").getByRole("button", { name: /# lobby/ }).click();
  person.close();
  await waitForText(ben.page, "Cy has left.");
  for (const { errors } of [ann, ben]) assertEquals(errors, []);
});

browserTest("notices, which programs send, are marked and lighter than messages", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const program = await RawClient.connect(server.port);
  program.send("NICK Bot\r\nUSER bot 0 * :Bot\r\nJOIN #lobby\r\n");
  for (const line of ["PRIVMSG #lobby :a message", "NOTICE #lobby :a notice", "NOTICE Ann :psst"]) {
    program.send(`${line}\r\n`);
  }
  await waitForText(ann.page, "a notice");
  const marked = () => ann.page.locator("#log .message:has(.byline .tag) .text").allInnerTexts();
  assertEquals(await marked(), ["a notice"]);
  const [message, notice] = await ann.page.evaluate<string[]>(
    `[...document.querySelectorAll("#log .message .text")].map((text) => getComputedStyle(text).color)`,
  );
  assert(message !== notice, `both are ${message}`);
  assertEquals(await barriers(ann.page), []);
  await ann.page.getByRole("navigation").getByRole("button", { name: "Bot 1 unread" }).click();
  await waitForText(ann.page, "psst");
  assertEquals(await marked(), ["psst"]);
  program.close();
  assertEquals(ann.errors, []);
});

browserTest("the commands are a list of two columns", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  await say(ann.page, "/help");
  await waitForText(ann.page, "Available commands:");
  const leftOf = (element: string) =>
    ann.page.locator(`#log ${element}`).evaluateAll((elements) => [
      ...new Set(elements.map((element) => Math.round(element.getBoundingClientRect().left))),
    ]);
  const [title = 0] = await leftOf(".notice .text > div");
  const [command = 0, ...otherCommands] = await leftOf(".pair b");
  const [summary = 0, ...otherSummaries] = await leftOf(".pair span");
  assertEquals([otherCommands, otherSummaries], [[], []]);
  assert(title < command && command < summary, `${title} ${command} ${summary}`);
  await waitForText(ann.page, "/help lists these commands");
  assertEquals(ann.errors, []);
});
