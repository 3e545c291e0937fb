/** A busy room: what the page does for messages that the user does not see. */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { browserTest, joinPage, waitForText } from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

/** Messages in one portion; twenty portions are those of a second. */
const PORTION = 10;

/** Maximum processor time of the page for a message that is not seen, in milliseconds: at 200 messages a second
 * 10 of the 16.7 ms of each frame are left. Measured: 0.7. */
const MAX_MILLISECONDS = 2;

/** Waits for a number of frames. */
const frames = (page: Page, count: number) =>
  page.evaluate(`new Promise((resolve) => {
    let left = ${count};
    requestAnimationFrame(function next() {
      if (--left > 0) requestAnimationFrame(next);
      else resolve();
    });
  })`);

/** Starts to count the processor time of the page; returns a function that reads it, in milliseconds. */
async function processorTime(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * metrics.find(({ name }) => name === "TaskDuration")!.value;
  };
}

browserTest("scrolled up in a busy room, the page does nothing for what is not seen", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  const ben = await RawClient.join(server.port, "Ben");
  const send = (from: number, to: number) => {
    const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    ben.send(numbers.map((number) => `message ${number}\n`).join(""));
  };
  send(1, 500);
  await waitForText(page, "message 500");
  const log = page.getByRole("log");
  await log.evaluate((element) => element.scrollTop = 1500);
  await page.evaluate(`new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))`);
  const place = await log.evaluate(({ scrollTop }) => scrollTop);

  await page.evaluate(`{
    window.changes = 0;
    new MutationObserver((records) => window.changes += records.length)
      .observe(document.getElementById("log"), { childList: true, subtree: true });
  }`);
  // At the pace of the frames: about 200 messages per second.
  let last = 500;
  const milliseconds = await processorTime(page);
  const before = await milliseconds();
  const talk = setInterval(() => {
    send(last + 1, last + PORTION);
    last += PORTION;
  }, 50);
  await frames(page, 120);
  clearInterval(talk);
  await page.getByRole("button", { name: "New messages" }).waitFor();
  assertEquals(await page.evaluate("window.changes"), 0);
  assertEquals(await log.evaluate(({ scrollTop }) => scrollTop), place);
  const each = (await milliseconds() - before) / (last - 500);
  assert(each < MAX_MILLISECONDS, `${each} ms per message`);

  await page.getByRole("button", { name: "New messages" }).click();
  await waitForText(page, `message ${last}`);
  const rows = await log.evaluate((element) => element.childElementCount);
  assert(rows < 250, `${rows} rows are in the document`);
  // Scrolling up shows the others again.
  const early = page.getByText(`message ${last - 350}`, { exact: true });
  while (await early.count() === 0) {
    await log.evaluate((element) => element.scrollTop = 0);
    await frames(page, 2);
  }
  assertEquals(ann.errors, []);
  ben.close();
});
