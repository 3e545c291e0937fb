/** The message field: suggestions, focus, and refused text. */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import {
  browserTest,
  joinPage,
  messagesOn,
  openPage,
  reload,
  say,
  submitLogin,
  waitForText,
} from "../support/browser.ts";
import { startForwarder } from "../support/forwarder.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const fieldOf = (page: Page) => page.getByLabel("Message", { exact: true });

const valueOf = (page: Page) => fieldOf(page).inputValue();

/** Id of the element that has the focus. */
const focused = (page: Page) => page.evaluate<string>("document.activeElement?.id ?? ''");

/** A test with Ann on the page and Ben with a raw client in the lobby; the page must have no errors. */
function chatTest(
  name: string,
  run: (chat: { page: Page; ben: RawClient; server: { port: number } }) => Promise<void>,
): void {
  browserTest(name, async () => {
    await using server = await startServer();
    await using ann = await joinPage(server.port, "Ann");
    const ben = await RawClient.join(server.port, "Ben");
    await run({ page: ann.page, ben, server });
    assertEquals(ann.errors, []);
    ben.close();
  });
}

chatTest(
  "Enter takes the highlighted suggestion; a slash offers all commands",
  async ({ page, ben }) => {
    const { keyboard } = page;
    await waitForText(page, "Ben has joined.");
    const options = page.getByRole("option");

    await keyboard.type("/");
    await options.filter({ hasText: "/quit" }).waitFor();
    const list = page.getByRole("listbox");
    assert(await list.evaluate((element) => element.scrollHeight > element.clientHeight));
    await keyboard.press("ArrowUp");
    const last = (await options.last().boundingBox())!;
    const frame = (await list.boundingBox())!;
    assert(last.y >= frame.y && last.y + last.height <= frame.y + frame.height, "it scrolls along");

    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    assertEquals(await valueOf(page), "/help");
    await fieldOf(page).fill("");
    await keyboard.type("/whi");
    await keyboard.press("Enter");
    assertEquals(await valueOf(page), "/whisper ");
    assertEquals(await options.allInnerTexts(), ["Ben"]);
    await keyboard.press("Enter");
    await keyboard.type("psst");
    await keyboard.press("Enter");
    await ben.until("[WHISPER from Ann]: psst\n");

    await keyboard.type("/join ");
    assertEquals(await options.allInnerTexts(), ["lobby\nroom"]);
    await keyboard.type("lob");
    await keyboard.press("Enter"); // it may be the name of a new room
    await page.getByRole("heading", { name: "# lob", exact: true }).waitFor();
    await keyboard.type("/users");
    await keyboard.press("Enter");
    await waitForText(page, "Here (1): Ann");
    await keyboard.type("mail me @Be");
    await keyboard.press("Enter");
    await waitForText(page, "mail me @Be"); // no user of that name is in the room
  },
);

chatTest(
  "the field receives keys typed anywhere, and has the focus after choices",
  async ({ page, ben }) => {
    ben.send("/join tea\n");
    await waitForText(page, "1 user came and went.");
    await say(page, "/rooms");
    const rooms = page.getByRole("navigation");
    for (const room of ["tea", "lobby"]) {
      await rooms.getByRole("button", { name: `# ${room}` }).click();
      await page.getByRole("heading", { name: `# ${room}` }).waitFor();
      assertEquals(await focused(page), "message");
      await rooms.getByLabel("Find or join a room").fill("coffee");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "# coffee" }).waitFor();
      assertEquals(await focused(page), "message");
    }

    const leave = page.getByRole("button", { name: "Leave chat" });
    for (const elsewhere of [page.getByRole("log"), leave]) {
      await elsewhere.focus();
      await page.keyboard.type("hi ");
    }
    assertEquals([await valueOf(page), await focused(page)], ["hi hi ", "message"]);
    await leave.focus();
    await page.keyboard.press("Control+c");
    await page.keyboard.press("ArrowDown");
    assertEquals(await focused(page), "leave");
    await rooms.getByLabel("Find or join a room").focus();
    await page.keyboard.type("abc");
    assertEquals(await valueOf(page), "hi hi ");

    await fieldOf(page).fill("");
    ben.send("/join coffee\n");
    for (let number = 1; number <= 60; number++) ben.send(`message ${number}\n`);
    await waitForText(page, "message 60");
    await page.getByRole("log").evaluate((element) => element.scrollTop = 0);
    ben.send("the newest\n");
    await page.getByRole("button", { name: "New messages" }).click();
    assertEquals(await focused(page), "message");
  },
);

chatTest(
  "a whisper to an unknown user keeps the room open; refused text returns to the field",
  async ({ page, ben, server }) => {
    await waitForText(page, "Ben has joined.");
    await say(page, "/whisper Absent hi");
    await waitForText(page, 'No user named "Absent" is online.');
    await page.getByRole("heading", { name: "# lobby" }).waitFor();
    assertEquals(await valueOf(page), "/whisper Absent hi");
    assertEquals(await page.getByRole("navigation").getByText("Absent").count(), 0);

    await say(page, "/whisper Ben psst");
    await waitForText(page, "psst");
    ben.send("/quit\n");
    await page.getByRole("button", { name: "Close Ben" }).click();
    await page.getByRole("heading", { name: "# lobby" }).waitFor();
    await waitForText(page, "Ben has left.");
    await say(page, "/nonsense");
    await page.getByText("There is no command /nonsense.").waitFor();
    assertEquals(await valueOf(page), "/nonsense");
    await say(page, "quit");
    await waitForText(page, "quit");
    await page.locator("#log .own.delivered").waitFor();

    // A closed whisper is kept, also when the page is loaded again.
    await reload(page);
    await waitForText(page, "quit");
    assertEquals(await page.getByRole("button", { name: "Close Ben" }).count(), 0);
    const back = await RawClient.join(server.port, "Ben");
    back.send("/whisper Ann here again\n");
    await page.getByRole("navigation").getByRole("button", { name: "Ben 1 unread" }).click();
    await waitForText(page, "here again");
    assertEquals(await messagesOn(page), ["psst", "here again"]);
    back.close();
  },
);

browserTest("lines typed while a room is being joined are sent there", async () => {
  await using server = await startServer();
  await using network = await startForwarder(server.port);
  await using ann = await joinPage(network.port, "Ann");
  const { page } = ann;
  const ben = await RawClient.join(server.port, "Ben");
  ben.send("/join tea\n");
  await waitForText(page, "1 user came and went.");
  network.hold();
  await say(page, "/join tea");
  await say(page, "for tea");
  await page.keyboard.type("half a line");
  network.mend();
  await ben.until("Ann: for tea\n");
  await page.getByRole("heading", { name: "# tea" }).waitFor();
  await page.locator("#log .own.delivered").waitFor();
  assertEquals(await messagesOn(page), ["for tea"]);
  assertEquals(await valueOf(page), "half a line");
  ben.close();
});

browserTest("the arrow keys show no password, and the page stores none", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const { page } = ann;
  await say(page, "one");
  await page.locator("#log .own.delivered").waitFor();
  for (const line of ["/register secret-1", "/nick Bob secret-2", "/registr secret-3"]) {
    await say(page, line);
    await fieldOf(page).fill("");
  }
  for (let press = 0; press < 6; press++) {
    await page.keyboard.press("ArrowUp");
    assertEquals(await valueOf(page), "one");
  }
  await fieldOf(page).fill("/register secret-4");
  await reload(page);
  await waitForText(page, "one");
  assertEquals(await valueOf(page), "");
});

chatTest(
  "another user on the same page gets no texts and whispers of the one before",
  async ({ page }) => {
    await waitForText(page, "Ben has joined.");
    await say(page, "/whisper Ben for you alone");
    await page.locator("#log .own.delivered").waitFor();
    const join = async (name: string) => {
      await page.getByRole("button", { name: "Leave chat" }).click();
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByRole("button", { name: "Join", exact: true }).click();
      await page.getByRole("log").waitFor();
      await fieldOf(page).focus();
    };
    await join("ann");
    await page.keyboard.press("ArrowUp");
    assertEquals(await valueOf(page), "/whisper Ben for you alone");
    await join("Cyd");
    await page.keyboard.press("ArrowUp");
    assertEquals(await valueOf(page), "");
    assertEquals(await page.getByText("for you alone").count(), 0);
  },
);

browserTest("the login form has no password of the user who has left", async () => {
  await using server = await startServer({ serverPassword: "open sesame" });
  await using opened = await openPage(`http://127.0.0.1:${server.port}/`);
  const { page } = opened;
  await page.getByLabel("Name", { exact: true }).fill("Ann");
  await page.locator("#join-more summary").click();
  await page.locator("#join-server-password").fill("open sesame");
  await submitLogin(page);
  await page.getByRole("button", { name: "Leave chat" }).click();
  await page.getByLabel("Name", { exact: true }).waitFor();
  assertEquals(await page.locator("#join-server-password").inputValue(), "");
});

browserTest("an invalid server is quoted in the login form", async () => {
  await using server = await startServer();
  await using opened = await openPage(`http://127.0.0.1:${server.port}/`);
  const { page } = opened;
  await page.getByLabel("Name", { exact: true }).fill("Ann");
  await page.locator("#join-more summary").click();
  await page.locator("#join-server").fill("chat.lan:port");
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByText('Invalid server "chat.lan:port": expected a name or an address').waitFor();
});

browserTest(
  "near the limit of a message the bytes left are shown, and longer text stays in the field",
  async () => {
    await using server = await startServer();
    await using ann = await joinPage(server.port, "Ann");
    const { page } = ann;
    const left = page.locator("#text-left");
    const field = fieldOf(page);
    await field.fill("x".repeat(3000));
    assertEquals(await left.isVisible(), false);
    await field.fill("é".repeat(2000));
    assertEquals(await left.innerText(), "96 bytes left");
    await field.fill("x".repeat(4100));
    assertEquals(await left.innerText(), "4 bytes too long");
    await field.press("Enter");
    await page.getByText("The text is over 4096 bytes and was not sent. Split it.").waitFor();
    assertEquals((await valueOf(page)).length, 4100);
    await field.fill("x".repeat(4096));
    await field.press("Enter");
    await page.locator("#log .own.delivered").waitFor();
    assertEquals([await valueOf(page), await left.isVisible()], ["", false]);
    // A browser that inserts a million lines does nothing else for minutes.
    await field.focus();
    await page.keyboard.insertText("x".repeat(1_000_000));
    assertEquals([(await valueOf(page)).length, await left.innerText()], [
      10_000,
      "5904 bytes too long",
    ]);
  },
);
