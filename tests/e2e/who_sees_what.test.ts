/**
 * Two pages in a browser, a user of nc, `hubbub chat` on a terminal and a script in three rooms: each
 * sees all messages of its own rooms, in the right place, and no others.
 */

import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { ChatClient } from "../../client/mod.ts";
import {
  browserTest,
  closeBrowser,
  HAS_BROWSER,
  joinPage,
  messagesOn,
  say,
  waitForText,
} from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

Deno.test.afterAll(closeBrowser);

/** A user with any client. */
interface Participant {
  readonly name: string;
  readonly rooms: readonly string[];
  send(room: string, text: string): Promise<void>;
  /** Waits until the text of another user has arrived. */
  receives(room: string, text: string): Promise<void>;
  /** All messages of others, by room. */
  received(): Promise<Record<string, string[]>>;
}

async function openRoom(page: Page, room: string): Promise<void> {
  await page.getByRole("navigation").getByRole("button", { name: `# ${room}` }).first().click();
  await page.getByRole("heading", { name: `# ${room}` }).waitFor();
}

/** A page that has joined the chat, and enters further rooms. */
async function pageIn(page: Page, name: string, rooms: readonly string[]): Promise<Participant> {
  for (const room of rooms.slice(1)) {
    await say(page, `/join ${room}`);
    await page.getByRole("heading", { name: `# ${room}` }).waitFor();
  }
  return {
    ...{ name, rooms },
    send: async (room, text) => {
      await openRoom(page, room);
      await say(page, text);
    },
    receives: async (room, text) => {
      await openRoom(page, room);
      await waitForText(page, text);
    },
    received: async () => {
      const texts: Record<string, string[]> = {};
      for (const room of rooms) {
        await openRoom(page, room);
        texts[room] = (await messagesOn(page)).filter((text) => !text.startsWith(name));
      }
      return texts;
    },
  };
}

function personIn(client: RawClient, name: string, room: string): Participant {
  return {
    ...{ name, rooms: [room] },
    send: async (_room, text) => {
      client.send(`${text}\n`);
      await Promise.resolve();
    },
    receives: async (_room, text) => void await client.until(`${text}\n`),
    received: async () => {
      await Promise.resolve();
      const lines = client.received.matchAll(/^\[.{8}\] \S+: (\S+ in \S+)$/gm);
      return { [room]: [...lines].map(([, text]) => text!) };
    },
  };
}

/** The chat on a terminal. The current room is the last one to which it has sent. */
function terminalIn(terminal: Tmux, name: string, rooms: readonly string[]): Participant {
  /** Texts with the room of their mark; the screen keeps the lines of earlier turns. */
  const found: Record<string, string[]> = Object.fromEntries(rooms.map((room) => [room, []]));
  let current = rooms[0]!;
  return {
    ...{ name, rooms },
    send: async (room, text) => {
      if (room !== current) await terminal.press(`M-${rooms.indexOf(room) + 1}`);
      current = room;
      await terminal.until(new RegExp(`^${room}> $`, "m"));
      await terminal.line(text);
    },
    receives: async (room, text) => {
      const mark = room === current ? "" : `#${room} `;
      await terminal.until(new RegExp(`^\\[.{8}\\] ${mark}\\S+: ${text}$`, "m"));
      found[room]!.push(text);
    },
    received: async () => {
      const lines = (await terminal.screen()).matchAll(/^\[.{8}\] (?:#\S+ )?(\S+): \S+ in \S+$/gm);
      const others = [...lines].filter(([, from]) => from !== "You");
      assertEquals(others.length, Object.values(found).flat().length, "and no other messages");
      return found;
    },
  };
}

function scriptIn(client: ChatClient, name: string, rooms: readonly string[]): Participant {
  const texts: Record<string, string[]> = Object.fromEntries(rooms.map((room) => [room, []]));
  let wake = () => {};
  void (async () => {
    for await (const event of client.events()) {
      if (event.type === "message") (texts[event.room] ??= []).push(event.text);
      wake();
    }
  })();
  return {
    ...{ name, rooms },
    send: async (room, text) => void await client.send(text, { room }),
    receives: async (room, text) => {
      while (!texts[room]!.includes(text)) {
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    received: () => Promise.resolve(texts),
  };
}

if (HAS_BROWSER && hasTmux()) {
  browserTest("who sees what: pages, nc, a terminal and a script in three rooms", async () => {
    await using server = await startServer({ rooms: ["help", "tea"] });
    const { port } = server;
    await using ann = await joinPage(port, "Ann");
    await using ben = await joinPage(port, "Ben");
    const nc = await RawClient.join(port, "Cy");
    nc.send("/join help\n");
    await nc.until("You are now in help.\n");
    await using screen = await Tmux.start([
      ...["chat", `127.0.0.1:${port}`, "--name", "Dora"],
      ...["--room", "lobby", "--room", "help", "--room", "tea"],
    ]);
    await screen.until(/^\[1 lobby\] {2}2 help {2}3 tea\nlobby> $/m);
    await using script = await ChatClient.connect({ port, name: "Eve", rooms: ["lobby", "tea"] });
    const everyone = [
      await pageIn(ann.page, "Ann", ["lobby", "help"]),
      await pageIn(ben.page, "Ben", ["lobby", "tea"]),
      personIn(nc, "Cy", "help"),
      terminalIn(screen, "Dora", ["lobby", "help", "tea"]),
      scriptIn(script, "Eve", ["lobby", "tea"]),
    ];
    const expected = new Map(everyone.map(({ name, rooms }) => [
      name,
      Object.fromEntries(rooms.map((room) => [room, [] as string[]])),
    ]));
    for (const sender of everyone) {
      for (const room of sender.rooms) {
        const text = `${sender.name} in ${room}`;
        await sender.send(room, text);
        for (const other of everyone) {
          if (other === sender || !other.rooms.includes(room)) continue;
          await other.receives(room, text);
          expected.get(other.name)![room]!.push(text);
        }
      }
    }
    for (const { name, received } of everyone) {
      assertEquals(await received(), expected.get(name)!, name);
    }
    for (const { errors } of [ann, ben]) assertEquals(errors, []);
    nc.close();
  });
}
