/** Connections that break, servers that are started again, and what is older than the page. */

import { assert, assertEquals } from "@std/assert";
import {
  browserTest,
  joinPage,
  messagesOn,
  openPage,
  reload,
  say,
  waitForText,
} from "../support/browser.ts";
import { startForwarder } from "../support/forwarder.ts";
import { startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { freePort } from "../support/addresses.ts";

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `message ${from + index}`);

browserTest("the network is cut: nothing is lost or doubled, either way", async () => {
  await using server = await startServer();
  await using network = await startForwarder(server.port);
  await using ann = await joinPage(network.port, "Ann");
  const person = await RawClient.join(server.port, "Ben");
  await say(ann.page, "before");
  await person.until("Ann: before\n");
  await waitForText(ann.page, "before");

  network.cut();
  await ann.page.getByText("No connection. Trying again…").waitFor();
  await say(ann.page, "typed meanwhile");
  await say(ann.page, "and this");
  await ann.page.locator(".pending").nth(1).waitFor();
  for (const text of numbers(1, 20)) person.send(`${text}\n`);
  await ann.page.getByRole("button", { name: "Try now" }).click(); // in vain
  network.mend();

  await waitForText(ann.page, "message 20");
  await person.until("Ann: and this\n");
  await ann.page.locator(".pending").first().waitFor({ state: "detached" });
  const expected = ["before", ...numbers(1, 20), "typed meanwhile", "and this"];
  assertEquals(await messagesOn(ann.page), expected);
  assertEquals(person.received.split("Ann: typed meanwhile\n").length, 2);
  assertEquals(person.received.split("Ann: and this\n").length, 2);
  assert(!person.received.includes("left the chat"), "the break was announced");
  person.close();
});

browserTest("what is under way when the network is held up and cut comes once", async () => {
  await using server = await startServer();
  await using network = await startForwarder(server.port);
  await using ann = await joinPage(network.port, "Ann");
  const person = await RawClient.join(server.port, "Ben");
  await say(ann.page, "one");
  await person.until("Ann: one\n");
  // The message arrives and its acknowledgement does not.
  network.hold();
  await say(ann.page, "two");
  network.cut();
  await ann.page.getByText("No connection. Trying again…").waitFor();
  network.mend();
  await person.until("Ann: two\n");
  await say(ann.page, "three");
  await person.until("Ann: three\n");
  await ann.page.locator(".pending").first().waitFor({ state: "detached" });
  assertEquals(await messagesOn(ann.page), ["one", "two", "three"]);
  assertEquals(person.received.split("Ann: two\n").length, 2);
  person.close();
});

browserTest(
  "the server is killed and started again: the page goes on with its session",
  async () => {
    const data = await Deno.makeTempDir({ prefix: "hubbub-" });
    try {
      const port = freePort();
      const parameters = ["--data", data, "--sync", "full", "--port", String(port)];
      const first = await startServe(parameters);
      await using _first = first;
      await using ann = await joinPage(port, "Ann");
      const person = await RawClient.join(port, "Ben");
      person.send("before\n");
      await say(ann.page, "mine");
      await person.until("Ann: mine\n");
      await waitForText(ann.page, "before");
      first.child.kill("SIGKILL");
      await ann.page.getByText("No connection. Trying again…").waitFor();
      await say(ann.page, "typed meanwhile");

      await using _second = await startServe(parameters);
      const again = await RawClient.join(port, "Ben");
      again.send("after\n");
      await waitForText(ann.page, "after");
      await ann.page.locator(".pending").first().waitFor({ state: "detached" });
      const texts = await messagesOn(ann.page);
      assertEquals(texts.toSorted(), ["after", "before", "mine", "typed meanwhile"]);
      // Whichever of the two was back first: the server has each once, in the same order.
      again.send("/history 10\n/rooms\n");
      await again.until("Rooms (1)");
      const history = again.received.split("/help for available commands.")[1]!;
      const said = [...history.matchAll(/ (?:Ann|Ben): (.+)\n/g)].map(([, text]) => text!);
      assertEquals(said.slice(-4), texts);
      again.close();
      person.close();
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  },
);

browserTest("over TLS it speaks WebSocket over TLS", async () => {
  await using server = await startServer({ tls: "self-signed", tlsOnly: true });
  const url = `https://127.0.0.1:${server.port}/#name=Ann`;
  await using ann = await openPage(url, { ignoreHTTPSErrors: true });
  await ann.page.getByRole("button", { name: "Join", exact: true }).click();
  await say(ann.page, "hello");
  await ann.page.locator("#log .delivered.message").waitFor();
  assert(ann.requests.includes(`wss://127.0.0.1:${server.port}/ws`), String(ann.requests));
  assertEquals(ann.errors, []);
});

browserTest("loading the page anew goes on with the session", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const person = await RawClient.join(server.port, "Ben");
  await say(ann.page, "before");
  await person.until("Ann: before\n");
  await reload(ann.page);
  await waitForText(ann.page, "before");
  person.send("after\n");
  await waitForText(ann.page, "after");
  assertEquals(await messagesOn(ann.page), ["before", "after"]);
  assert(!person.received.includes("left the chat"), "the reload was announced");
  person.close();
});

browserTest(
  "older messages come on scrolling up, and what is read stays in its place",
  async () => {
    await using server = await startServer();
    const person = await RawClient.join(server.port, "Ben");
    for (const text of numbers(1, 220)) person.send(`${text}\n`);
    person.send("/history 1\n");
    await person.until("message 220");
    await using ann = await joinPage(server.port, "Ann");
    const { page } = ann;
    await waitForText(page, "message 220");
    assert(!(await messagesOn(page)).includes("message 1"), "all was loaded at once");

    const log = page.getByRole("log");
    const first = page.getByText("message 171", { exact: true });
    await first.waitFor();
    await log.evaluate((element) => element.scrollTop = 0);
    await waitForText(page, "message 121");
    await page.evaluate("new Promise((resolve) => requestAnimationFrame(resolve))");
    assert(await first.isVisible());
    const box = (await first.boundingBox())!;
    const frame = (await log.boundingBox())!;
    assert(box.y >= frame.y && box.y < frame.y + frame.height, "what was read has moved away");

    for (const text of ["message 71", "message 21", "message 1"]) {
      await log.evaluate((element) => element.scrollTop = 0);
      await waitForText(page, text);
    }
    assertEquals(await messagesOn(page), numbers(1, 220));
    // A user who reads older ones stays there, and sees a button.
    await log.evaluate((element) => element.scrollTop = 1000);
    const place = await log.evaluate((element) => element.scrollTop);
    person.send("the newest\n");
    await page.getByRole("button", { name: "New messages" }).waitFor();
    assertEquals(await log.evaluate((element) => element.scrollTop), place);
    await page.getByRole("button", { name: "New messages" }).click();
    assert(await page.getByText("the newest", { exact: true }).isVisible());
    person.close();
  },
);

browserTest("a name that is taken, a server that is not there, a password", async () => {
  await using server = await startServer({ serverPassword: "secret" });
  await using ann = await openPage(`http://127.0.0.1:${server.port}/#name=Ann&room=tea`);
  const { page } = ann;
  assertEquals(await page.getByLabel("Name", { exact: true }).inputValue(), "Ann");
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByRole("alert").getByText("password").waitFor();
  await page.getByLabel("Password of the server").fill("secret");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "# tea" }).waitFor();

  await using other = await openPage(`http://127.0.0.1:${server.port}/#name=ann`);
  await other.page.getByText("Passwords, another server").click();
  await other.page.getByLabel("Password of the server").fill("secret");
  await other.page.getByRole("button", { name: "Join", exact: true }).click();
  await other.page.getByRole("alert").getByText("is taken").waitFor();
  await server.server.stop();
  await other.page.getByRole("button", { name: "Join", exact: true }).click();
  await other.page.getByRole("alert").getByText("The server does not answer.").waitFor();
});
