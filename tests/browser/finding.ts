/** Messages are found in the page and in the history of the server. */

import { assertEquals } from "@std/assert";
import { barriers, browserTest, joinPage, say, waitForText } from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

browserTest("messages are found by words, and shown in the log if it has them", async () => {
  await using server = await startServer();
  const ben = await RawClient.join(server.port, "Ben");
  for (let number = 1; number <= 120; number++) {
    ben.send(number % 40 === 1 ? `Café number ${number}\n` : `message ${number}\n`);
  }
  ben.send("/users\n");
  await ben.until("Online users");
  await using ann = await joinPage(server.port, "Ann", { bypassCSP: true });
  const { page } = ann;
  await waitForText(page, "message 120");
  await page.getByRole("button", { name: "Find messages" }).click();
  // In one piece: a pause within would show what was found for its beginning.
  await page.getByLabel("Words").fill("cafe num");
  const results = page.getByRole("dialog").getByRole("listitem");
  await results.nth(2).waitFor();
  const found = page.locator(".found");
  assertEquals(await found.allInnerTexts(), [
    "Café number 81",
    "Café number 41",
    "Café number 1",
  ]);
  assertEquals(await found.first().locator("mark").allInnerTexts(), ["Café", "number"]);
  assertEquals(await barriers(page), []);
  await found.last().click();
  await page.locator(".whole").waitFor(); // the log does not have it
  await found.first().click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  const focused = () => page.evaluate<string>("document.activeElement.innerText");
  assertEquals((await focused()).includes("Café number 81"), true, await focused());
  await say(page, "/search message 119");
  await page.getByRole("dialog").getByText("1 message in # lobby", { exact: true }).waitFor();
  assertEquals(ann.errors, []);
  ben.close();
});
