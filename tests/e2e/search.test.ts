/**
 * Search in the history: in memory and with a data folder, for programs and for people with `nc`.
 */

import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

async function withData(test: (data: string | null) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const data of [null, folder]) await test(data);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("search finds the messages before it, in memory and on the disk", () =>
  withData(async (data) => {
    await using server = await startServer({ data });
    const { client } = await RawClient.hello(server.port, { name: "ann", rooms: ["den", "tea"] });
    // In one write: the messages are not committed when the search arrives.
    client.send(
      [
        { type: "message", room: "den", text: "Green Café" },
        { type: "message", room: "tea", text: "green tea" },
        { type: "message", room: "den", text: 'said "green"', action: true },
        { type: "search", room: "den", words: "GREEN" },
        { type: "ping", t: 1 },
        { type: "search", room: "DEN", words: "cafe gr", limit: 1 },
        { type: "search", words: "green", id: "1" },
        { type: "search", room: "attic", words: "green", id: "2" },
        { type: "search", room: "den", words: "?", id: "3" },
      ].map((frame) => JSON.stringify(frame) + "\n").join(""),
    );
    const { messages, ...rest } = await client.frame("search");
    assertEquals(rest, { type: "search", room: "den", words: "GREEN", more: false });
    assertEquals(messages.map(({ time: _, ...message }: { time: number }) => message), [
      { type: "message", seq: 1, room: "den", from: "ann", text: "Green Café" },
      { type: "message", seq: 2, room: "den", from: "ann", text: 'said "green"', action: true },
    ]);
    await client.frame("pong");
    const found = await client.frame("search");
    assertEquals([found.messages[0].text, found.more, found.before], [
      "Green Café",
      false,
      undefined,
    ]);
    const refused = [];
    for (let count = 0; count < 3; count++) refused.push((await client.frame("error")).code);
    assertEquals(refused, ["room_needed", "not_in_room", "search_empty"]);
    client.close();
  }));

Deno.test("/search shows found messages to text clients, also after a restart", async () => {
  const data = await Deno.makeTempDir();
  try {
    for (const round of [1, 2]) {
      await using server = await startServer({ data });
      const ann = await RawClient.join(server.port, "ann");
      ann.send(`message ${round} of four\n/search four message\n`);
      const counts = round === 1 ? "1 message" : "2 messages";
      await ann.until(`[SYSTEM]: ${counts} in the room lobby with four message:\n`);
      const shown = await ann.until(`message ${round} of four\n`);
      assert(/^(\[\d\d:\d\d:\d\d\] ann: message \d of four\n)+$/.test(shown), shown);
      ann.send("/search nothing like it\n/search\n");
      await ann.until("[SYSTEM]: No messages in the room lobby with nothing like it.\n");
      await ann.until("[ERROR]: Missing argument. Usage: /search WORDS\n");
      ann.send("/quit\n");
      await ann.untilEnd();
      ann.close();
    }
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
