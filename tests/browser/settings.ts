/** The settings of the page, what draws attention to it, and how others are invited. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import {
  barriers,
  browserTest,
  joinPage,
  openPage,
  reload,
  waitForText,
} from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

/** Notifications and tones leave traces, since a browser without a screen shows and plays none. */
const TRACES = `
  window.traces = [];
  window.Notification = class extends EventTarget {
    static requestPermission = () => Promise.resolve("granted");
    constructor(title, { body }) { super(); window.traces.push(title + ": " + body); }
    close() {}
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (when) {
    window.traces.push("tone");
    return start.call(this, when);
  };
`;

const takeTraces = (page: Page) => page.evaluate<string[]>("window.traces.splice(0)");

browserTest("settings are stored, and invalid stored ones are ignored", async () => {
  await using server = await startServer();
  const options = { colorScheme: "light", timezoneId: "UTC", bypassCSP: true } as const;
  await using ann = await joinPage(server.port, "Ann", options);
  const { page } = ann;
  const ben = await RawClient.join(server.port, "Ben");
  await waitForText(page, "Ben has joined.");
  const background = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  assertEquals(await background(), "rgb(255, 255, 255)");
  await page.getByRole("button", { name: "Settings" }).click();
  assertEquals(await barriers(page), []);
  await page.getByLabel("Theme").selectOption("Dark");
  assert(await background() !== "rgb(255, 255, 255)", "dark at once");
  await page.getByLabel("Clock").selectOption("12 hours");
  await page.getByLabel("Joins and leaves").selectOption("Hidden");
  await page.keyboard.press("Escape");
  await page.getByRole("log").getByText("Ben has joined.").waitFor({ state: "detached" });
  ben.send("hello\n");
  await waitForText(page, "hello");
  const times = page.locator("#log .message time");
  assertMatch((await times.allInnerTexts()).join(), /^\d{1,2}:\d\d [ap]m$/);

  await reload(page);
  await waitForText(page, "hello");
  assert(await background() !== "rgb(255, 255, 255)", "dark after a reload");
  await page.evaluate(`localStorage.setItem("hubbub.settings", '{"theme":"dark","clock":7}')`);
  await reload(page);
  await waitForText(page, "hello");
  assert(await background() !== "rgb(255, 255, 255)", "the valid one is used");
  assertMatch((await times.allInnerTexts()).join(), /^\d\d:\d\d$/);
  assertEquals(ann.errors, []);
  ben.close();
});

browserTest("notifications, sound and a badge are off until the user asks for them", async () => {
  const data = await Deno.makeTempDir({ prefix: "hubbub-notifications-" });
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(data, { recursive: true }) };
  await using server = await startServer({ data, storeFilesBytes: 2_000_000 });
  await using ann = await openPage("about:blank");
  const { page } = ann;
  await page.addInitScript(TRACES);
  await page.goto(`http://127.0.0.1:${server.port}/#name=Ann`);
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByRole("log").waitFor();
  const icon = () => page.locator("#icon").getAttribute("href");
  const plain = await icon();
  const ben = await RawClient.join(server.port, "Ben");
  ben.send("/whisper Ann one\n");
  const places = page.getByRole("navigation");
  await places.getByRole("button", { name: "Ben 1 unread" }).waitFor();
  assertEquals([await takeTraces(page), await icon()], [[], plain]);

  await page.getByRole("button", { name: "Settings" }).click();
  for (const name of ["Desktop notifications", "Sound", "Badge on the icon"]) {
    await page.getByRole("switch", { name }).click();
    await page.getByRole("switch", { name, checked: true }).waitFor();
  }
  assertEquals(await takeTraces(page), ["tone", "tone"], "an example of the sound");
  await page.keyboard.press("Escape");
  assert(await icon() !== plain, "one whisper is unread");
  ben.send("/whisper Ann two\n");
  await places.getByRole("button", { name: "Ben 2 unread" }).waitFor();
  assertEquals(await takeTraces(page), ["tone", "tone", "Ben: two"]);
  await places.getByRole("button", { name: "Ben 2 unread" }).click();
  await waitForText(page, "two");
  assertEquals(await icon(), plain);
  ben.send("/whisper Ann three\n");
  await waitForText(page, "three");
  assertEquals(await takeTraces(page), [], "the user sees it");
  const file = `http://127.0.0.1:${server.port}/rooms/lobby/files/for%20Ann`;
  const headers = { "Authorization": `Basic ${btoa("Eve:")}` };
  const posted = await fetch(file, { method: "PUT", body: "x", headers });
  assertEquals([posted.status, (await posted.json()).room], [201, "lobby"]);
  await places.getByRole("button", { name: "lobby 1 unread" }).waitFor();
  const traces = (await takeTraces(page)).filter((trace) => trace !== "tone");
  assertEquals(traces, ["Eve in # lobby: for Ann"], "not the address of the file");
  assertEquals(ann.errors, []);
  ben.close();
});

browserTest("without HTTPS the settings say what notifications need", async () => {
  await using server = await startServer();
  await using ann = await openPage("about:blank");
  const { page } = ann;
  await page.addInitScript("Object.defineProperty(window, 'isSecureContext', { value: false })");
  await page.goto(`http://127.0.0.1:${server.port}/#name=Ann`);
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByText(/only on localhost: use HTTPS/).waitFor();
  assert(await page.getByRole("switch", { name: "Desktop notifications" }).isDisabled());
});

browserTest("an invitation has a link to the room, a QR code and commands to copy", async () => {
  await using server = await startServer();
  const context = { permissions: ["clipboard-read", "clipboard-write"], bypassCSP: true };
  await using ann = await openPage("about:blank", context);
  const { page } = ann;
  // Other machines reach a name that is not that of the loopback.
  await page.goto(`http://ip6-localhost.localhost:${server.port}/#name=Ann&room=tea`);
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByRole("button", { name: "Invite people" }).click();
  const link = `http://ip6-localhost.localhost:${server.port}/#room=tea`;
  assertEquals(await page.getByLabel("Link", { exact: true }).inputValue(), link);
  await page.getByRole("img", { name: "QR code of the link" }).waitFor();
  await page.getByText("Then type /join tea").waitFor();
  assertEquals(await barriers(page), []);
  await page.getByRole("button", { name: "Copy" }).first().click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assertEquals(await page.evaluate("navigator.clipboard.readText()"), link);
  assertEquals(ann.errors, []);
});

browserTest("the page can be installed", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const session = await ann.page.context().newCDPSession(ann.page);
  const { url, errors } = await session.send("Page.getAppManifest");
  assertMatch(url, /\/manifest-[0-9a-f]{12}\.json$/);
  assertEquals(errors, []);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  assertEquals(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []);
});
