/** Without a mouse, with a screen reader, on a phone, in the dark. */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import {
  barriers,
  browserTest,
  handFile,
  joinPage,
  openPage,
  openWhispers,
  say,
  waitForText,
} from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { sampleOf } from "../support/thorough.ts";

/** Comes in by keys alone. */
async function joinByKeys(page: Page, name: string): Promise<void> {
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await page.getByRole("log").waitFor();
}

const WINDOWS = {
  desktop: { viewport: { width: 1200, height: 800 } },
  phone: { viewport: { width: 360, height: 700 }, hasTouch: true, isMobile: true },
} as const;

const LOOKS = [
  ["desktop", "light"],
  ["phone", "dark"],
  ["desktop", "dark"],
  ["phone", "light"],
] as const;

for (const [device, colorScheme] of sampleOf(LOOKS, 2)) {
  browserTest(`axe finds nothing, ${device}, ${colorScheme}`, async () => {
    await using server = await startServer();
    // Axe has to look into frames of its own making, which the page's policy forbids.
    const window = WINDOWS[device];
    const options = { ...window, colorScheme, bypassCSP: true };
    await using ann = await openPage(`http://127.0.0.1:${server.port}/`, options);
    const { page } = ann;
    assertEquals(await barriers(page), [], "the login form");
    await joinByKeys(page, "Ann");
    for (const name of ["Ben", "Cyrill", "Дарья", "Emil", "Fritz", "Gül", "Hanna", "Ida"]) {
      const person = await RawClient.join(server.port, name);
      person.send(`Ann: see https://example.org/${name}\n/me waves\n`);
      if (name === "Ben") person.send("/away out\n");
      if (name === "Cyrill") person.send("/whisper Ann psst\n");
    }
    await say(page, "/nonsense");
    await page.getByText("away: out").waitFor({ state: "attached" });
    await page.getByText("There is no command /nonsense.").waitFor();
    await page.locator("#log .action").nth(7).waitFor();
    await handFile(page, "#log", "drop", { name: "note.txt", text: "x" });
    await page.getByText("offered to all users here").waitFor();
    assertEquals(await barriers(page), [], "the chat");
    await page.getByLabel("Message", { exact: true }).fill("/");
    await page.getByRole("option").first().waitFor();
    assertEquals(await barriers(page), [], "suggestions");
    await page.getByLabel("Message", { exact: true }).fill("");
    await say(page, "/whisper Ben hello");
    await page.locator("#log .intro").waitFor();
    assertEquals(await barriers(page), [], "a whisper");
    await say(page, "/join tea");
    await page.locator("#log .intro li").first().waitFor();
    assertEquals(await barriers(page), [], "an empty room");
    if (device !== "phone") {
      await server.server.stop();
      await page.getByText("No connection. Trying again…").waitFor();
      assertEquals(await barriers(page), [], "no connection");
      return;
    }
    for (const drawer of ["Rooms and whispers", "People"]) {
      await page.getByRole("button", { name: drawer, exact: true }).click();
      await page.locator(".drawer.open").waitFor();
      await page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))");
      assertEquals(await barriers(page), [], drawer);
      await page.keyboard.press("Escape");
    }
    const width = await page.evaluate("document.documentElement.scrollWidth");
    assertEquals(width, window.viewport.width, "it scrolls sideways");
  });
}

browserTest("everything by keys alone", async () => {
  await using server = await startServer();
  await using ann = await openPage(`http://127.0.0.1:${server.port}/`);
  const { page } = ann;
  const { keyboard } = page;
  await joinByKeys(page, "Ann");
  const ben = await RawClient.join(server.port, "Ben");
  const cyd = await RawClient.join(server.port, "Cyd");
  await waitForText(page, "Ben and Cyd joined.");

  // A command, a name, and what was said before.
  await keyboard.type("/top");
  await keyboard.press("Tab");
  await keyboard.type("tea at four");
  await keyboard.press("Enter");
  await ben.until("tea at four");
  await keyboard.type("be");
  await keyboard.press("Tab");
  await keyboard.type("are you in?");
  await keyboard.press("Enter");
  await ben.until("Ann: Ben: are you in?\n");
  await keyboard.press("ArrowUp");
  await keyboard.press("Enter");
  await ben.until("Ann: Ben: are you in?\n");
  await keyboard.type("two");
  await keyboard.press("Shift+Enter");
  await keyboard.type("lines");
  await keyboard.press("Enter");
  await page.getByText("two\nlines").waitFor();

  // To the people, and a whisper to the one below.
  const focused = () => page.evaluate<string>("document.activeElement?.textContent ?? ''");
  for (let presses = 0; !(await focused()).startsWith("Ann"); presses++) {
    assert(presses < 12, "the people cannot be reached");
    await keyboard.press("Tab");
  }
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  assertEquals(await focused(), "Cyd");
  await keyboard.press("Enter");
  assertEquals(await focused(), "Whisper to Cyd");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Cyd" }).waitFor();
  await keyboard.type("only you");
  await keyboard.press("Enter");
  await cyd.until("[WHISPER from Ann]: only you\n");

  // All the way back, to the link that leads to the field again.
  for (let presses = 0; await focused() !== "Skip to the message field"; presses++) {
    assert(presses < 15, "the skip link cannot be reached");
    await keyboard.press("Shift+Tab");
  }
  await keyboard.press("Enter");
  await keyboard.type("/join tea");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "# tea" }).waitFor();
  await keyboard.type("/quit");
  await keyboard.press("Enter");
  await page.getByRole("alert").getByText("Goodbye, Ann!").waitFor();
  assertEquals(ann.errors, []);
  ben.close();
  cyd.close();
});

browserTest("on a phone the panels are drawers", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann", WINDOWS.phone);
  const { page } = ann;
  const ben = await RawClient.join(server.port, "Ben");
  await page.getByRole("button", { name: "People", exact: true }).click();
  await openWhispers(page, "Ben");
  await page.getByRole("heading", { name: "Ben" }).waitFor();
  await page.locator("#people-panel").waitFor({ state: "hidden" });
  await say(page, "hello");
  await ben.until("[WHISPER from Ann]: hello\n");
  ben.send("/whisper Ann hi\n");
  await waitForText(page, "hi");
  const places = page.getByRole("button", { name: "Rooms and whispers" });
  await places.click();
  await page.getByRole("navigation").getByRole("button", { name: "Close", exact: true }).click();
  await page.locator("#places").waitFor({ state: "hidden" });
  await places.click();
  await page.getByRole("button", { name: /# lobby/ }).click();
  await page.getByRole("heading", { name: "# lobby" }).waitFor();
  ben.close();
});
