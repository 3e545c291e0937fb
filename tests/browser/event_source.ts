/** A page with an `EventSource` on a room, over a restart of the server. */

import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { browserTest, openPage } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { startServer } from "../support/server.ts";

/** Waits until the page has got a number of messages. @returns the numbers and texts of all. */
async function received(page: Page, count: number): Promise<string[]> {
  let seen: string[] = [];
  await eventually(async () => {
    seen = await page.evaluate("seen");
    return seen.length >= count;
  }, `${count} messages`);
  return seen;
}

browserTest("an EventSource loses and doubles nothing over a restart of the server", async () => {
  const data = await Deno.makeTempDir();
  let port = 0;
  const post = async (body: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/rooms/lobby`, { method: "POST", body });
    assertEquals([answer.status, await answer.text() !== ""], [201, true]);
  };
  await using opened = await (async () => {
    await using server = await startServer({ data });
    port = server.port;
    await post("before the page");
    const opened = await openPage(`http://127.0.0.1:${port}/`);
    const { page } = opened;
    await page.evaluate(`new Promise((resolve) => {
      window.seen = [];
      const source = new EventSource("/rooms/lobby/events");
      source.onopen = resolve;
      source.onmessage = ({ lastEventId, data }) => {
        seen.push(lastEventId + " " + JSON.parse(data).text);
      };
    })`);
    await server.server.stop("restart");
    return opened;
  })();
  const { page } = opened;
  // It has got no message yet, and resumes all the same.
  for (const round of [0, 1]) {
    await using server = await startServer({ data, port });
    await post(`m${3 * round + 1}`);
    await post(`m${3 * round + 2}`);
    await received(page, 3 * round + 2);
    await post(`m${3 * round + 3}`);
    await received(page, 3 * round + 3);
    await server.server.stop("restart");
  }
  assertEquals(
    await received(page, 6),
    [1, 2, 3, 4, 5, 6].map((number) => `${number + 1} m${number}`),
  );
  await Deno.remove(data, { recursive: true });
});
