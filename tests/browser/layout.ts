/** Layout: lists that scroll, drawers, windows of all sizes, directions of text. */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { browserTest, joinPage, say } from "../support/browser.ts";
import { startForwarder } from "../support/forwarder.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { sampleOf } from "../support/thorough.ts";

const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };

/** Fills the lists of rooms, of people in the lobby and of whispers of Ann. */
async function joinMany({ port }: TestServer): Promise<RawClient[]> {
  const people = await Promise.all(
    Array.from({ length: 24 }, (_, index) => RawClient.join(port, `user${index + 1}`)),
  );
  for (const [index, person] of people.entries()) {
    person.send(`/whisper Ann psst\n`);
    if (index % 2 === 0) person.send(`/join room${index + 1}\n`);
  }
  await Promise.all(people.map((person) => person.until("[WHISPER to Ann]")));
  return people;
}

/** Whether an element is fully within its panel, and the panel within the window. */
const isSeen = async (page: Page, selector: string) => {
  const { width, height } = page.viewportSize()!;
  const window = { x: 0, y: 0, width, height };
  const panel = (await page.locator(`.drawer:has(${selector})`).boundingBox())!;
  return isWithin(panel, window) &&
    isWithin((await page.locator(selector).boundingBox())!, panel);
};

type Box = Record<"x" | "y" | "width" | "height", number>;

const isWithin = (inner: Box, outer: Box) =>
  inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

/** Returns one style property of each element that a selector finds. */
const stylesOf = (page: Page, selector: string, property: string) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].map((element) =>
      getComputedStyle(element).getPropertyValue(${JSON.stringify(property)}))`,
  );

browserTest(
  "rooms and whispers scroll together, people separately, sorted by number; Leave stays visible",
  async () => {
    await using server = await startServer();
    await using ann = await joinPage(server.port, "Ann");
    const { page } = ann;
    const people = await joinMany(server);
    await say(page, "/rooms");
    await page.locator("#others li").nth(11).waitFor();
    await page.locator("#whispers li").nth(23).waitFor();
    const sizes = [[1200, 420], [360, 640], [1200, 700], [844, 390]] as const;
    for (const [width, height] of sampleOf(sizes, 2)) {
      await page.setViewportSize({ width, height });
      for (
        const [drawer, list] of [["#places", ".places-lists"], ["#people", "#people"]] as const
      ) {
        const toggle = page.locator(`${drawer}-toggle`);
        const isDrawer = await toggle.isVisible();
        if (isDrawer) {
          await toggle.click();
          await page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))");
        }
        const size = await page.locator(list).evaluate(({ clientHeight, scrollHeight }) => (
          { clientHeight, scrollHeight }
        ));
        const about = `${list} at ${width} x ${height}: ${JSON.stringify(size)}`;
        assert(size.clientHeight >= 100, about);
        if (height < 600) assert(size.scrollHeight > size.clientHeight, about);
        assert(await isSeen(page, list), about);
        if (drawer === "#places") {
          assert(await isSeen(page, "#leave"), `Leave at ${width} x ${height}`);
          await page.locator("#others li").last().scrollIntoViewIfNeeded();
          assert(await isSeen(page, "#leave"), `Leave at ${width} x ${height}, scrolled`);
        }
        if (isDrawer) await page.keyboard.press("Escape");
      }
    }
    const rooms = await page.locator("#others .label").allTextContents();
    assertEquals(rooms.slice(0, 4), ["# room1", "# room3", "# room5", "# room7"]);
    const named = await page.locator("#people .label").allTextContents();
    assertEquals([named[1], named[2], named.at(-1)], ["user2", "user4", "user24"]);
    assertEquals(ann.errors, []);
    for (const person of people) person.close();
  },
);

browserTest("Back closes an open drawer, and leaves the page if none is open", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann", PHONE);
  const { page } = ann;
  for (
    const [toggle, panel] of [["#people-toggle", "#people-panel"], ["#places-toggle", "#places"]]
  ) {
    await page.locator(toggle!).click();
    await page.locator(`${panel}.open`).waitFor();
    await page.goBack();
    await page.locator(panel!).waitFor({ state: "hidden" });
    assert(await page.getByRole("log").isVisible());
    // Closed in another way, and opened again.
    for (let time = 0; time < 2; time++) {
      await page.locator(toggle!).click();
      await page.keyboard.press("Escape");
      await page.locator(panel!).waitFor({ state: "hidden" });
    }
    await page.locator(toggle!).click();
    await page.goBack();
    await page.locator(panel!).waitFor({ state: "hidden" });
  }
  // A change of the fragment must not count as Back.
  await page.evaluate(`location.hash = "name=Ann"`);
  assertEquals(await page.evaluate("location.hash"), "#name=Ann");
  await page.goBack();
  assertEquals(await page.evaluate("location.hash"), "#room=lobby");
  assert(await page.getByRole("log").isVisible());
  await page.evaluate("history.back()");
  await page.waitForURL("about:blank");
  assertEquals(ann.errors, []);
});

browserTest(
  "a long topic can be read; text of right-to-left scripts has its own direction",
  async () => {
    await using server = await startServer();
    await using ann = await joinPage(server.port, "Ann", PHONE);
    const { page } = ann;
    const more = page.getByRole("button", { name: "The whole topic" });
    await say(page, "/topic short");
    await page.locator("#place-topic").getByText("short").waitFor();
    assertEquals(await more.isVisible(), false);
    await say(page, `/topic ${"a long topic ".repeat(12)}the end`);
    await more.click();
    const topic = page.locator("#place-topic");
    assert(await topic.evaluate((element) => element.scrollWidth <= element.clientWidth));
    assert((await topic.boundingBox())!.height > 60);
    await more.click();
    assert((await topic.boundingBox())!.height < 30);

    await say(page, "שלום!");
    await say(page, "hello!");
    await say(page, "/me مرحبا!");
    await page.locator("#log .own.delivered").nth(2).waitFor();
    const directions = await stylesOf(page, "#log .own .text, #log .own bdi", "direction");
    assertEquals(directions, ["rtl", "ltr", "ltr", "rtl"]);
    await page.getByLabel("Message", { exact: true }).fill("שלום");
    assertEquals(await stylesOf(page, "#message", "direction"), ["rtl"]);
    const time = page.locator("#log .action time");
    const text = page.locator("#log .action .text");
    const [timeBox, textBox] = [(await time.boundingBox())!, (await text.boundingBox())!];
    assert(timeBox.x >= 0 && timeBox.x + timeBox.width <= textBox.x, "the time of /me is covered");
  },
);

browserTest(
  "a phone in landscape has room for messages, and nothing scrolls sideways",
  async () => {
    await using server = await startServer();
    const sizes = [[640, 360], [844, 390], [360, 640], [320, 568]] as const;
    for (const [width, height] of sampleOf(sizes, 2)) {
      const window = { ...PHONE, viewport: { width, height } };
      await using ann = await joinPage(server.port, "Ann", window);
      const { page } = ann;
      await say(page, `${"word ".repeat(40)}${"x".repeat(300)}`);
      await page.locator("#log .own.delivered").last().waitFor();
      const log = (await page.getByRole("log").boundingBox())!;
      assert(log.height > 0.6 * height, `${width} x ${height}: ${log.height}`);
      assert(log.width > 0.95 * width, `${width} x ${height}: ${log.width}`);
      assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width);
      await page.getByLabel("Message", { exact: true }).fill("line\n".repeat(20));
      const smaller = (await page.getByRole("log").boundingBox())!;
      assert(smaller.height > 0.25 * height, `${width} x ${height}, typed: ${smaller.height}`);
      await say(page, "/quit");
      await page.getByRole("alert").waitFor();
    }
  },
);

browserTest(
  "a line has some 75 characters on wide screens; few messages are at the end",
  async () => {
    await using server = await startServer();
    await using ann = await joinPage(server.port, "Ann", {
      viewport: { width: 1280, height: 800 },
    });
    const { page } = ann;
    await say(
      page,
      "The quick brown fox jumps over the lazy dog, and then rests a while. ".repeat(9),
    );
    const text = page.locator("#log .own.delivered .text");
    await text.waitFor();
    for (const width of [1280, 1920, 3840]) {
      await page.setViewportSize({ width, height: 1000 });
      const perLine = await page.evaluate<number>(`{
      const text = document.querySelector("#log .own .text");
      const range = document.createRange();
      range.selectNodeContents(text);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
      Math.round(text.textContent.length / lines);
    }`);
      assert(perLine > 65 && perLine < 95, `${perLine} characters in a line at ${width}`);
      const log = (await page.getByRole("log").boundingBox())!;
      const box = (await text.boundingBox())!;
      const space = log.y + log.height - box.y - box.height;
      assert(space >= 0 && space < 40, `${space} pixels below the last message at ${width}`);
    }
    assertEquals(ann.errors, []);
  },
);

browserTest("with forced colours, lines replace backgrounds", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann", { forcedColors: "active" });
  const { page } = ann;
  const ben = await RawClient.join(server.port, "Ben");
  ben.send("Ann: look\n/whisper Ann psst\n");
  await page.locator(".badge").waitFor();
  for (
    const [selector, property] of [
      [".entry.mention", "border-left-width"],
      [".badge", "border-top-width"],
      [".avatar", "border-top-width"],
      [".presence", "border-top-width"],
      ["[aria-current=true]", "outline-width"],
    ] as const
  ) {
    const [width = ""] = await stylesOf(page, selector, property);
    assert(parseFloat(width) > 0, `${selector} ${property}`);
  }
  ben.close();
});

browserTest("the banner appears within 3 s of the browser's offline event", async () => {
  await using server = await startServer();
  await using network = await startForwarder(server.port);
  await using ann = await joinPage(network.port, "Ann");
  const { page } = ann;
  const banner = page.locator("#connection");
  await page.evaluate(`dispatchEvent(new Event("offline"))`);
  await banner.getByText("The browser reports that this device is offline.").waitFor();
  await say(page, "still here");
  await page.locator("#log .own.delivered").waitFor();
  await page.evaluate(`dispatchEvent(new Event("online"))`);
  await banner.waitFor({ state: "hidden" });

  // The page reconnects soon after, so a script in the page watches for the banner.
  network.hold();
  const milliseconds = await page.evaluate<number>(`new Promise((resolve) => {
    const start = performance.now();
    const banner = document.getElementById("connection");
    new MutationObserver(() => {
      if (banner.textContent === "No connection. Trying again…") resolve(performance.now() - start);
    }).observe(banner, { childList: true });
    dispatchEvent(new Event("offline"));
  })`);
  assert(milliseconds < 3000, String(milliseconds));
});
