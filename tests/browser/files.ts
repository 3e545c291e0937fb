/** Files between the page and programs. */

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { ChatClient, receiveFile, sendFile } from "../../client/mod.ts";
import { type OfferedFrame, sizeText } from "../../protocol/mod.ts";
import { browserTest, handFile, joinPage, openWhispers, waitForText } from "../support/browser.ts";
import { untilMetric } from "../support/metrics.ts";
import { startServer } from "../support/server.ts";

/** Several windows, and not a whole number of pieces. */
const SIZE = 1_234_567;

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The files in the log of the open conversation. */
const filesIn = (page: Page) => page.getByRole("log").locator(".entry.file");

async function nextOffer(chat: ChatClient): Promise<OfferedFrame> {
  for await (const event of chat.events()) if (event.type === "offered") return event;
  throw new Error("The connection ended without an offer");
}

browserTest("a file from the page to a program and back arrives as it was", async () => {
  await using server = await startServer();
  const folder = await Deno.makeTempDir({ prefix: "hubbub-" });
  try {
    const bytes = randomBytes(SIZE);
    const bot = await ChatClient.connect({ port: server.port, name: "bot" });
    await using ann = await joinPage(server.port, "Ann");
    const { page } = ann;

    // To one person: their thread, and the button's picker.
    await openWhispers(page, "bot");
    const picked = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Send a file" }).click();
    await (await picked).setFiles({ name: "data.bin", mimeType: "", buffer: bytes });
    const offer = await nextOffer(bot);
    assertEquals([offer.name, offer.size, offer.from], ["data.bin", SIZE, "Ann"]);
    const { path } = await receiveFile(bot, offer, folder);
    assertEquals(digest(await Deno.readFile(path)), digest(bytes));
    const files = filesIn(page);
    await files.getByText("received and checked").waitFor();

    // And back.
    const download = page.waitForEvent("download");
    const sent = sendFile(bot, "Ann", path);
    await page.getByRole("log").getByText("data.bin 1.2 MB from bot").waitFor();
    await files.getByRole("button", { name: "Accept data.bin" }).click();
    const saved = join(folder, "saved");
    await (await download).saveAs(saved);
    assertEquals((await download).suggestedFilename(), "data.bin");
    assertEquals(digest(await Deno.readFile(saved)), digest(bytes));
    assertEquals((await sent).receivers, ["Ann"]);
    await files.getByText("saved and checked").waitFor();
    assertEquals(ann.errors, []);
    await bot.quit();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

browserTest(
  "a file dropped on the page is for the room; refused, stopped, taken back",
  async () => {
    await using server = await startServer();
    await using ann = await joinPage(server.port, "Ann");
    await using ben = await joinPage(server.port, "Ben");
    const filesOf = ({ page }: typeof ann) => filesIn(page);

    await handFile(ann.page, "#log", "drop", { name: "note.txt", text: "dropped" });
    const download = ben.page.waitForEvent("download");
    await filesOf(ben).getByRole("button", { name: "Accept note.txt" }).click();
    assertEquals(await Deno.readTextFile(await (await download).path()), "dropped");
    await filesOf(ann).getByText("offered to all users here, received by 1").waitFor();
    assertEquals(await filesOf(ann).count(), 1);
    await filesOf(ann).getByRole("button", { name: "Take back note.txt" }).click();
    await filesOf(ann).getByText("received by 1").waitFor();
    await filesOf(ben).getByText("saved and checked").waitFor();

    // Pasted into Ben's thread, and refused there.
    await openWhispers(ann.page, "Ben");
    await handFile(ann.page, "#message", "paste", { name: "shot.png", text: "picture" });
    // The members of the room get a notice, and see the file in the conversation.
    const navigation = ben.page.getByRole("navigation");
    await navigation.getByRole("button", { name: "Ann 1 unread" }).waitFor();
    assertEquals(await filesOf(ben).count(), 1, "in the lobby");
    await navigation.getByRole("button", { name: "Ann 1 unread" }).click();
    await filesOf(ben).getByRole("button", { name: "Refuse shot.png" }).click();
    await filesOf(ann).getByText("Ben refused it.").waitFor();
    await ann.page.getByRole("navigation").getByRole("button", { name: /# lobby/ }).click();
    await filesOf(ann).getByText("note.txt").waitFor();
    assertEquals(await filesOf(ann).count(), 1);
    assertEquals([...ann.errors, ...ben.errors], []);
  },
);

browserTest("a refused file is shown with the reason; it stays in the log", async () => {
  await using server = await startServer({ maxFileBytes: 1000 });
  await using ann = await joinPage(server.port, "Ann", { viewport: { width: 900, height: 500 } });
  const { page } = ann;
  const files = filesIn(page);
  for (let number = 1; number <= 7; number++) {
    await handFile(page, "#log", "drop", { name: `note${number}.txt`, text: "x" });
  }
  await files.getByText("offered to all users here").nth(6).waitFor();
  await handFile(page, "#log", "drop", { name: "large.txt", text: "x".repeat(1001) });
  await files.getByText("The file is too large: this server takes up to 1 KB.").waitFor();
  // The log has followed.
  const row = (await files.last().boundingBox())!;
  const log = (await page.getByRole("log").boundingBox())!;
  assert(row.y >= log.y && row.y + row.height <= log.y + log.height);
  assertEquals([await files.count(), ann.errors], [8, []]);
});

browserTest("a file for a room is kept by the server, and a picture is shown", async () => {
  const data = await Deno.makeTempDir({ prefix: "hubbub-" });
  {
    await using server = await startServer({ data, storeFilesBytes: 2_000_000 });
    await using ann = await joinPage(server.port, "Ann");
    await using ben = await joinPage(server.port, "Ben");
    const picture = await Deno.readFile("docs/pictures/chat.png");
    const picker = ann.page.locator("#file-picker");
    await picker.setInputFiles({ name: "a b.png", mimeType: "", buffer: Buffer.from(picture) });
    for (const { page } of [ann, ben]) {
      const link = page.getByRole("log").getByRole("link", {
        name: `a b.png ${sizeText(picture.length)}`,
      });
      await link.waitFor();
      const image = page.getByRole("log").locator(".stored-file img");
      await image.evaluate("(picture) => picture.decode()");
      assert((await image.boundingBox())!.height > 100);
    }
    // The message replaces it, with the answer to the upload at the latest.
    await filesIn(ann.page).first().waitFor({ state: "detached" });

    // What a page calls a picture is none without the bytes of one.
    await handFile(ann.page, "#log", "drop", {
      name: "evil.png",
      text: "<script>alert(1)</script>",
    });
    const saved = ben.page.waitForEvent("download");
    await ben.page.getByRole("link", { name: "evil.png 25 bytes" }).click();
    assertEquals((await saved).suggestedFilename(), "evil.png");

    const large = { name: "large", mimeType: "", buffer: Buffer.alloc(3_000_000) };
    await picker.setInputFiles(large);
    await waitForText(ann.page, "large: The file is too large: this server takes up to 1.9 MB.");

    // It is still there for a user who comes later, until newer ones need its space.
    server.server.change({ storeFilesBytes: 1 });
    await untilMetric(server.port, "hubbub_stored_files", 0);
    await using cyd = await joinPage(server.port, "Cyd");
    await cyd.page.getByText("The picture is no longer on the server.").waitFor();
    const errors = cyd.errors.filter((error) => !error.includes("410 (Gone)"));
    assertEquals([...ann.errors, ...ben.errors, ...errors], []);
  }
  await Deno.remove(data, { recursive: true });
});

browserTest("a file from page to page arrives as it was", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  await using ben = await joinPage(server.port, "Ben");
  const bytes = randomBytes(4_000_001);
  await ann.page.locator("#file-picker").setInputFiles({
    ...{ name: "data.bin", mimeType: "", buffer: bytes },
  });
  const download = ben.page.waitForEvent("download");
  await ben.page.getByRole("button", { name: "Accept data.bin" }).click();
  assertEquals(digest(await Deno.readFile(await (await download).path())), digest(bytes));
  await ann.page.getByText("offered to all users here, received by 1").waitFor();
  assertEquals([...ann.errors, ...ben.errors], []);
});

browserTest("a file that changes on its way is not saved", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const bot = await ChatClient.connect({ port: server.port, name: "bot" });
  const { file } = await bot.offer("Ann", "lie.txt", 3);
  const ended = Promise.withResolvers<string>();
  bot.watch({
    received: (frame) => {
      if (frame.type === "accepted") {
        const { transfer } = frame;
        bot.post({ type: "chunk", transfer, data: btoa("abc") });
        bot.post({ type: "finish", transfer, sha256: "0".repeat(64) });
      } else if (frame.type === "cancelled") ended.resolve(frame.text);
    },
    closed: (error) => ended.reject(error),
  });
  let isSaved = false;
  ann.page.on("download", () => isSaved = true);
  await ann.page.getByRole("navigation").getByRole("button", { name: "bot 1 unread" }).click();
  await ann.page.getByRole("button", { name: "Accept lie.txt" }).click();
  await filesIn(ann.page).getByText("It did not arrive as it was sent. Ask for it again.")
    .waitFor();
  assert((await ended.promise).includes("it did not arrive as it was sent"));
  assertEquals([isSaved, file > 0], [false, true]);
  await bot.quit();
});
