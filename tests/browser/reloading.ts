/** The page, loaded anew: where one was, what was whispered, and what was half typed. */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import {
  browserTest,
  joinPage,
  messagesOn,
  openPage,
  openWhispers,
  reload,
  say,
  waitForText,
} from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const fieldOf = (page: Page) => page.getByLabel("Message", { exact: true });

const room = (page: Page) => page.getByRole("navigation").getByRole("button", { name: /# lobby/ });

browserTest("loading the page anew goes on in the same thread, and not in the room", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  await using ben = await joinPage(server.port, "Ben");
  const cyd = await RawClient.join(server.port, "Cyd");
  const { page } = ann;
  await say(page, "said to all");
  await fieldOf(page).fill("half a line for all");
  await openWhispers(page, "Cyd");
  await page.getByRole("heading", { name: "Cyd" }).waitFor();
  await say(page, "hello Cyd");
  await cyd.until("[WHISPER from Ann]: hello Cyd\n");
  await say(page, "/whisper Ben hi");
  await waitForText(page, "From here on you talk to Ben alone. Choose # lobby to go back.");
  await say(ben.page, "/whisper Ann second");
  await waitForText(page, "second");
  await fieldOf(page).fill("half a line");

  for (const attempt of [1, 2]) {
    await reload(page);
    await page.getByRole("heading", { name: "Ben" }).waitFor();
    assertEquals(await fieldOf(page).inputValue(), "half a line", `time ${attempt}`);
    assertEquals(await messagesOn(page), ["hi", "second"], `time ${attempt}`);
  }
  cyd.send("/whisper Ann are you there?\n");
  await page.getByRole("navigation").getByRole("button", { name: "Cyd 1 unread" }).waitFor();
  await reload(page);
  await page.getByRole("navigation").getByRole("button", { name: "Cyd 1 unread" }).waitFor();
  await fieldOf(page).focus();
  await page.keyboard.type(" and third");
  await page.keyboard.press("Enter");
  await waitForText(page, "half a line and third");
  await waitForText(ben.page, "half a line and third");
  await page.locator("#log .pending").waitFor({ state: "detached" });

  await page.getByRole("navigation").getByRole("button", { name: "Cyd 1 unread" }).click();
  await waitForText(page, "are you there?");
  assertEquals(await messagesOn(page), ["hello Cyd", "are you there?"]);
  await room(page).click();
  await waitForText(page, "said to all");
  assertEquals(await messagesOn(page), ["said to all"]);
  assertEquals(await fieldOf(page).inputValue(), "half a line for all");
  await fieldOf(page).press("Enter");
  await cyd.until("Ann: half a line for all\n");
  assert(!cyd.received.includes("third"), "a whisper was said to all");
  assertEquals([ann.errors, ben.errors], [[], []]);
  cyd.close();
});

browserTest(
  "on a server with a password, a reload resumes the session and stores no password",
  async () => {
    await using server = await startServer({ serverPassword: "open sesame" });
    await using ann = await openPage(`http://127.0.0.1:${server.port}/#name=Ann`);
    const { page } = ann;
    await page.getByText("Passwords, another server").click();
    await page.getByLabel("Password of the server").fill("open sesame");
    await page.keyboard.press("Enter");
    await say(page, "before");
    await page.locator("#log .own.delivered").waitFor();
    await page.evaluate(`addEventListener("pagehide", () =>
    localStorage.test = JSON.stringify(Object.values(sessionStorage)))`);
    await reload(page);
    await waitForText(page, "before");
    const stored = await page.evaluate<string>("localStorage.test");
    assert(stored.includes("Ann") && !stored.includes("sesame"), stored);
    await say(page, "after");
    await page.locator("#log .own.delivered").nth(1).waitFor();
    assertEquals(await messagesOn(page), ["before", "after"]);
  },
);

browserTest("leaving removes everything; another window sees nothing", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  const ben = await RawClient.join(server.port, "Ben");
  await say(page, "/whisper Ben psst");
  await ben.until("[WHISPER from Ann]: psst\n");
  await reload(page);
  await waitForText(page, "psst");
  const kept = () => page.evaluate("JSON.stringify(Object.values(sessionStorage))");
  assertEquals(await kept(), "[]", "a window made of this one would have it");
  const other = await page.context().newPage();
  await other.goto(page.url());
  assertEquals(await other.getByRole("log").isVisible(), false);
  await other.close();

  await page.getByRole("button", { name: "Leave chat" }).click();
  await page.getByRole("alert").waitFor();
  await reload(page);
  await page.getByRole("button", { name: "Join", exact: true }).waitFor();
  assertEquals(await kept(), "[]");
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByRole("heading", { name: "# lobby" }).waitFor();
  await room(page).waitFor();
  assertEquals(await page.getByText("psst").count(), 0);
  ben.close();
});
