import { joinPage, openPage, say, type TestPage } from "../../tests/support/browser.ts";
import { startServe } from "../../tests/support/program.ts";
import { RawClient } from "../../tests/support/raw_client.ts";
import { PictureTerminal } from "./terminal.ts";

/** A conversation of three users in one room, as a terminal and the page show it. The terminal is in
 * another room, too. */
interface PicturedChat extends AsyncDisposable {
  /** Ann's. */
  readonly terminal: PictureTerminal;
  /** Bob's. */
  readonly page: TestPage;
}

const ROOM = "tea";
const OTHER_ROOM = "help";
const TOPIC = "Release day";

const CONVERSATION = [
  ["Bob", "Morning! Is it out?"],
  ["Ann", "Ten minutes ago: https://example.org/notes"],
  ["Eve", "Got it. I am here with nc, by the way."],
  ["Bob", "Ann: then the tea is on me."],
  ["Ann", "/me puts the kettle on"],
] as const;

/** Sizes of the window in the pictures, in CSS pixels. */
const WINDOW = { width: 900, height: 560 };
const PHONE = { width: 360, height: 640 };
const BESIDE_TERMINAL = { width: 520, height: 460 };

/** Columns and rows of the terminal. */
const TERMINAL = [84, 20] as const;

/** The pictures of a chat, by the names of their files. */
export async function chatPictures(port: number): Promise<Record<string, string | Uint8Array>> {
  await using chat = await startChat(port);
  const { terminal, page: { page } } = chat;
  await terminal.type("One cup for Eve, too?");
  const shot = async (size: typeof WINDOW, colorScheme: "light" | "dark") => {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    await page.evaluate("document.activeElement.blur()");
    await page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))");
    return await page.screenshot();
  };
  const svg = await terminal.picture("Ann, in a terminal");
  return {
    "terminal.svg": svg,
    "page-light.png": await shot(WINDOW, "light"),
    "page-dark.png": await shot(WINDOW, "dark"),
    "page-phone.png": await shot(PHONE, "light"),
    "chat.png": await beside(svg, await shot(BESIDE_TERMINAL, "light")),
  };
}

/** Lets Ann (in a terminal), Bob (in the page) and Eve (with `nc`) talk on a server of their own. */
async function startChat(port: number): Promise<PicturedChat> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startServe(["--port", `${port}`]));
  const eve = stack.adopt(await RawClient.join(server.port, "Eve"), (client) => client.close());
  eve.send(`/join ${ROOM}\n`);
  await eve.until(`You are now in ${ROOM}.`);
  const terminal = stack.use(await PictureTerminal.start(...TERMINAL));
  await terminal.line(
    `hubbub chat 127.0.0.1:${server.port} --name Ann --room ${ROOM} ` +
      `--room ${OTHER_ROOM}`,
  );
  await terminal.until(/You are in the room/);
  const page = stack.use(
    await joinPage(server.port, "Bob", {
      viewport: WINDOW,
      deviceScaleFactor: 2,
      timezoneId: "UTC",
    }),
  );
  await say(page.page, `/join ${ROOM}`);
  await terminal.until(/Bob has joined/);
  await say(page.page, `/topic ${TOPIC}`);
  for (const [name, text] of CONVERSATION) {
    if (name === "Bob") await say(page.page, text);
    else if (name === "Eve") eve.send(`${text}\n`);
    else await terminal.line(text);
    const shown = text.replace(/^\/me /, "").replace(/ *https:.*/, "");
    await Promise.all([
      waitForPart(page, shown),
      terminal.until(new RegExp(`: .*${RegExp.escape(shown)}|\\* Ann ${shown}`)),
    ]);
  }
  eve.send("/whisper Ann Two sugars, please.\n");
  await terminal.until(/Two sugars/);
  const dan = stack.adopt(await RawClient.join(server.port, "Dan"), (client) => client.close());
  dan.send(`/join ${OTHER_ROOM}\nAnn, does it run on Windows?\n`);
  await terminal.until(/#help Dan: Ann, does it run/);
  const parts = stack.move();
  return { terminal, page, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

/** Waits until the log of the page shows a part of a message. */
function waitForPart({ page }: TestPage, text: string): Promise<void> {
  return page.getByRole("log").getByText(text).first().waitFor();
}

/** A picture of the terminal with the page next to it. */
async function beside(terminal: string, page: Uint8Array): Promise<Uint8Array> {
  await using opened = await openPage("about:blank", {
    viewport: { width: 1300, height: BESIDE_TERMINAL.height + 60 },
    deviceScaleFactor: 2,
  });
  await opened.page.setContent(`<!doctype html><style>
    body { margin: 0; height: 100vh; display: flex; align-items: center; justify-content: center }
    body { gap: 24px; background: #e9edf3 }
    svg, img { border-radius: 9px; box-shadow: 0 4px 16px #0004 }
    img { width: ${BESIDE_TERMINAL.width}px }
  </style>${terminal}<img src="data:image/png;base64,${page.toBase64()}">`);
  await opened.page.locator("img").evaluate((image) => image.decode());
  return await opened.page.screenshot();
}
