/** Files between the page and programs. */

import { assert, assertEquals } from "@std/assert";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { ChatClient, receiveFile, sendFile } from "../../client/mod.ts";
import type { OfferedFrame } from "../../protocol/mod.ts";
import { browserTest, handFile, joinPage, waitForText } from "../support/browser.ts";
import { startServer } from "../support/server.ts";

/** Several windows, and not a whole number of pieces. */
const SIZE = 1_234_567;

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

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
    await page.getByRole("complementary").getByRole("button", { name: "bot" }).click();
    const picked = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Send a file" }).click();
    await (await picked).setFiles({ name: "data.bin", mimeType: "", buffer: bytes });
    const offer = await nextOffer(bot);
    assertEquals([offer.name, offer.size, offer.from], ["data.bin", SIZE, "Ann"]);
    const { path } = await receiveFile(bot, offer, folder);
    assertEquals(digest(await Deno.readFile(path)), digest(bytes));
    const files = page.getByRole("region", { name: "Files" });
    await files.getByText("received and checked").waitFor();

    // And back.
    const download = page.waitForEvent("download");
    const sent = sendFile(bot, "Ann", path);
    await page.getByRole("log").getByText("bot offers a file: data.bin (1.2 MB).").waitFor();
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
    const filesOf = ({ page }: typeof ann) => page.getByRole("region", { name: "Files" });

    await handFile(ann.page, "#log", "drop", { name: "note.txt", text: "dropped" });
    const download = ben.page.waitForEvent("download");
    await filesOf(ben).getByRole("button", { name: "Accept note.txt" }).click();
    assertEquals(await Deno.readTextFile(await (await download).path()), "dropped");
    await filesOf(ann).getByText("offered to all users here, received by 1").waitFor();
    assertEquals(await filesOf(ann).getByRole("listitem").count(), 1);
    await filesOf(ann).getByRole("button", { name: "Take back note.txt" }).click();
    await filesOf(ben).getByRole("button", { name: "Close note.txt" }).click();
    await filesOf(ben).waitFor({ state: "hidden" });

    // Pasted into Ben's thread, and refused there.
    await ann.page.getByRole("complementary").getByRole("button", { name: "Ben" }).click();
    await handFile(ann.page, "#message", "paste", { name: "shot.png", text: "picture" });
    // The members of the room get a notice, and see the file in the conversation.
    const navigation = ben.page.getByRole("navigation");
    await navigation.getByRole("button", { name: "Ann 1 unread" }).waitFor();
    assertEquals(await filesOf(ben).isVisible(), false);
    await navigation.getByRole("button", { name: "Ann 1 unread" }).click();
    await filesOf(ben).getByRole("button", { name: "Refuse shot.png" }).click();
    await filesOf(ann).getByText("Ben refused it.").waitFor();
    await waitForText(ann.page, "shot.png: Ben refused it.");
    await ann.page.getByRole("navigation").getByRole("button", { name: /# lobby/ }).click();
    await filesOf(ann).waitFor({ state: "hidden" });
    assertEquals([...ann.errors, ...ben.errors], []);
  },
);

browserTest(
  "the newest file is visible, a refusal is shown, and ended transfers are removed",
  async () => {
    await using server = await startServer({ maxFileBytes: 1000 });
    await using ann = await joinPage(server.port, "Ann", { viewport: { width: 900, height: 500 } });
    const { page } = ann;
    await page.clock.install();
    const files = page.getByRole("region", { name: "Files" });
    for (let number = 1; number <= 7; number++) {
      await handFile(page, "#log", "drop", { name: `note${number}.txt`, text: "x" });
    }
    await files.getByText("offered to all users here").nth(6).waitFor();
    const isInSight = async (name: string) => {
      const line = (await files.getByRole("listitem").filter({ hasText: name }).boundingBox())!;
      const tray = (await files.boundingBox())!;
      return line.y >= tray.y - 1 && line.y + line.height <= tray.y + tray.height + 1;
    };
    assertEquals([await isInSight("note1"), await isInSight("note7")], [false, true]);
    await handFile(page, "#log", "drop", { name: "large.txt", text: "x".repeat(1001) });
    const refusal = "The file is too large: this server relays up to 1 KB.";
    await waitForText(page, `large.txt: ${refusal}`);
    await files.getByText(refusal).waitFor();
    assert(await isInSight("large"));
    await page.clock.fastForward(31_000);
    await files.getByText("large.txt").first().waitFor({ state: "detached" });
    assertEquals(await files.getByRole("listitem").count(), 7);
    assertEquals(ann.errors, []);
  },
);

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
  await waitForText(ann.page, "lie.txt: It did not arrive as it was sent. Ask for it again.");
  assert((await ended.promise).includes("it did not arrive as it was sent"));
  assertEquals([isSaved, file > 0], [false, true]);
  await bot.quit();
});
