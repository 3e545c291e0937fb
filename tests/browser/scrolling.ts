/** The visible part of a long log: its end, or where the user has scrolled. */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { browserTest, joinPage, say, untilInPage, waitForText } from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { sampleOf } from "../support/thorough.ts";

const WINDOWS = {
  desktop: { viewport: { width: 1200, height: 700 } },
  phone: { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true },
} as const;

/** Says more than a window shows. */
async function fillLog(person: RawClient, page: Page): Promise<void> {
  for (let number = 1; number <= 45; number++) person.send(`message ${number}\n`);
  await waitForText(page, "message 45");
}

/** Waits until all that is asked for is drawn. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
  })`);
}

/** Distance from the end of the log, in pixels. */
async function distanceFromEnd(page: Page): Promise<number> {
  await settle(page);
  return await page.getByRole("log").evaluate(({ scrollHeight, scrollTop, clientHeight }) =>
    Math.round(scrollHeight - scrollTop - clientHeight)
  );
}

/** Waits until a message is there, and fails where it is outside of what one sees. */
async function see(page: Page, text: string): Promise<void> {
  await waitForText(page, text);
  await settle(page);
  const frame = (await page.getByRole("log").boundingBox())!;
  const message = page.getByRole("log").getByText(text, { exact: true });
  const box = (await message.boundingBox())!;
  assert(box.y >= frame.y, `${text} is above`);
  assert(box.y + box.height <= frame.y + frame.height, `${text} is below`);
}

for (const [device, window] of sampleOf(Object.entries(WINDOWS), 1)) {
  browserTest(
    `the log stays at its end while the field grows, ${device}`,
    async () => {
      await using server = await startServer();
      await using ann = await joinPage(server.port, "Ann", window);
      const { page } = ann;
      const person = await RawClient.join(server.port, "Ben");
      await fillLog(person, page);

      for (const line of ["one", "two", "three", "four"]) {
        await page.keyboard.type(line);
        await page.keyboard.press("Shift+Enter");
        assertEquals(await distanceFromEnd(page), 0, line);
      }
      await page.keyboard.type("a line that is so long that it wraps ".repeat(6));
      assertEquals(await distanceFromEnd(page), 0, "a long line");
      person.send("said meanwhile\n");
      await see(page, "said meanwhile");
      await page.keyboard.press("Backspace");
      assertEquals(await distanceFromEnd(page), 0, "a letter less");
      await page.keyboard.press("Enter");
      await page.locator("#log .own.delivered").waitFor();
      assertEquals(await distanceFromEnd(page), 0, "it was said");
      person.send("the answer\n");
      await see(page, "the answer");
      assert(await page.getByRole("button", { name: "New messages" }).isHidden());
      person.close();
    },
  );
}

browserTest("the log stays at its end while the window changes", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  const person = await RawClient.join(server.port, "Ben");
  await fillLog(person, page);
  for (const [width, height] of [[1200, 400], [360, 640], [640, 360], [900, 900], [320, 300]]) {
    await page.setViewportSize({ width: width!, height: height! });
    assertEquals(await distanceFromEnd(page), 0, `${width} x ${height}`);
    await page.keyboard.type("a line that is so long that it wraps ".repeat(3));
    assertEquals(await distanceFromEnd(page), 0, `${width} x ${height}, typed`);
  }
  await page.keyboard.press("Enter");
  await page.locator("#log .own.delivered").waitFor();
  person.send("the answer\n");
  await see(page, "the answer");
  person.close();
});

browserTest("the log stays at its end where a move is reported late", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  const person = await RawClient.join(server.port, "Ben");
  await fillLog(person, page);
  assertEquals(await distanceFromEnd(page), 0);
  // The browser tells of the move in its next frame, and of the log's new height only after that.
  await page.evaluate(`{
    document.getElementById("log").scrollTop -= 2;
    const field = document.getElementById("message");
    field.value = "one\\ntwo\\nthree\\nfour";
    field.dispatchEvent(new Event("input"));
  }`);
  assertEquals(await distanceFromEnd(page), 0);
  person.send("the answer\n");
  await see(page, "the answer");
  person.close();
});

browserTest("the log stays where the user has scrolled, until they send a message", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  const person = await RawClient.join(server.port, "Ben");
  await fillLog(person, page);
  const log = page.getByRole("log");
  await log.hover();
  await page.mouse.wheel(0, -350);
  await untilInPage(
    page,
    `(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight >= 350)(
      document.getElementById("log"),
    )`,
  );
  const place = await log.evaluate(({ scrollTop }) => scrollTop);
  const placeNow = async () => {
    await settle(page);
    return await log.evaluate(({ scrollTop }) => scrollTop);
  };
  person.send("said by another\n");
  await page.getByRole("button", { name: "New messages" }).waitFor();
  assertEquals(await placeNow(), place);
  await page.keyboard.type("two");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("lines");
  assertEquals(await placeNow(), place);

  await page.keyboard.press("Enter");
  await see(page, "two\nlines");
  assertEquals(await distanceFromEnd(page), 0);
  assert(await page.getByRole("button", { name: "New messages" }).isHidden());
  await say(page, "and one more");
  await see(page, "and one more");
  person.close();
});
