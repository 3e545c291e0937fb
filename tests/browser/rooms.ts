/** Several rooms at once: the list, unread messages, the address, and rooms that cannot be entered. */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import {
  browserTest,
  joinPage,
  messagesOn,
  openPage,
  reload,
  say,
  untilInPage,
  waitForText,
} from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const placeOf = (page: Page, name: string) =>
  page.getByRole("navigation").getByRole("button", { name });

const headingOf = (page: Page, room: string) =>
  page.getByRole("heading", { name: `# ${room}`, exact: true });

browserTest("all rooms are live, and a reload resumes them", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  const ben = await RawClient.join(server.port, "Ben");
  ben.send("/join tea\n");
  for (const room of ["tea", "help"]) {
    await say(page, `/join ${room}`);
    await headingOf(page, room).waitFor();
  }
  ben.send("one\nAnn: two\n");
  await placeOf(page, "# tea 1 for you 2 unread").waitFor();
  await untilInPage(page, `document.title === "(2) # help – hubbub"`);
  await reload(page);
  await placeOf(page, "# tea 1 for you 2 unread").waitFor();
  await headingOf(page, "help").waitFor();
  ben.send("three\n");
  await placeOf(page, "# tea 1 for you 3 unread").click();
  await waitForText(page, "three");
  assertEquals(await messagesOn(page), ["one", "Ann: two", "three"]);
  await page.locator("#log .unread").waitFor();
  await say(page, "/leave");
  await placeOf(page, "# tea").filter({ hasNotText: "unread" }).waitFor();
  // The server's answer removes it from the list of one's rooms.
  await untilInPage(
    page,
    `[...document.querySelectorAll("#rooms .label")].map((e) => e.innerText).join() === "# lobby,# help"`,
  );
  assertEquals(ann.errors, []);
  ben.close();
});

browserTest("the address names the open room; links, Back and Forward open others", async () => {
  await using server = await startServer();
  const address = `http://127.0.0.1:${server.port}/`;
  await using ann = await openPage(`${address}#room=tea`);
  const { page } = ann;
  await page.getByLabel("Name", { exact: true }).fill("Ann");
  await page.keyboard.press("Enter");
  await headingOf(page, "tea").waitFor();
  await say(page, "/join help");
  await headingOf(page, "help").waitFor();
  assertEquals(page.url(), `${address}#room=help`);
  await page.goBack();
  await headingOf(page, "tea").waitFor();
  await page.goForward();
  await headingOf(page, "help").waitFor();
  // The keys for the next room and the one before; after the last room comes the first.
  await page.keyboard.press("Alt+ArrowDown");
  await headingOf(page, "tea").waitFor();
  await page.keyboard.press("Alt+ArrowUp");
  await headingOf(page, "help").waitFor();
  // A link to a room in which the user is not.
  await page.evaluate(`location.hash = "room=new"`);
  await headingOf(page, "new").waitFor();
  await page.locator("#rooms").getByText("# new").waitFor();
  await page.goBack();
  await headingOf(page, "help").waitFor();
  // The browser leads past a room that was left, and does not enter it again.
  await say(page, "/leave new");
  await page.locator("#rooms").getByText("# new").waitFor({ state: "detached" });
  await page.goForward();
  await page.waitForURL(`${address}#room=help`);
  for (let i = 0; i < 2; i++) await page.goBack();
  await headingOf(page, "tea").waitFor();
  assertEquals(await page.locator("#rooms .label").allInnerTexts(), ["# tea", "# help"]);
  assertEquals(ann.errors, []);
});

browserTest("a room that cannot be entered is explained where it was asked for", async () => {
  await using server = await startServer({ maxRoomsPerClient: 2 });
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  await say(page, "/join tea");
  await headingOf(page, "tea").waitFor();
  await say(page, "/join third");
  await page.getByText("A client may be in 2 rooms, the maximum. Leave one first.").waitFor();
  await headingOf(page, "tea").waitFor();
  assertEquals(await page.getByLabel("Message", { exact: true }).inputValue(), "/join third");
  assertEquals(await page.locator("#rooms .label").allInnerTexts(), ["# lobby", "# tea"]);
});

browserTest("the fields above the lists filter rooms and people", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  const names = ["Ben", "Carol", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jo", "Kim"];
  const people = await Promise.all(names.map((name) => RawClient.join(server.port, name)));
  await page.locator("#people li").nth(names.length).waitFor();
  const filter = page.getByLabel("Find people");
  await filter.fill("a");
  await page.locator("#people li").nth(6).waitFor({ state: "detached" });
  const shown = await page.locator("#people .label").allInnerTexts();
  assertEquals(shown, ["Ann", "Carol", "Dan", "Fay", "Hal", "Ida"]);
  await filter.press("Escape");
  await page.locator("#people li").nth(10).waitFor();

  const find = page.getByLabel("Find or join a room");
  await find.fill("lob");
  assertEquals(await page.locator("#rooms .label").allInnerTexts(), ["# lobby"]);
  await find.fill("nowhere");
  assertEquals(await page.locator("#rooms li").count(), 0);
  assertEquals(await page.locator("#places h2:visible").count(), 0);
  await find.press("Enter");
  await headingOf(page, "nowhere").waitFor();
  await page.getByText("and /join nowhere.").waitFor();
  assert(await page.locator("#rooms").getByText("# lobby").isVisible());
  for (const person of people) person.close();
});
