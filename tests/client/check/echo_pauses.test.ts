import { assertEquals } from "@std/assert";
import { MessageEnds } from "../../../server/network/message_ends.ts";
import { Prefixer } from "../../../server/echo/prefixer.ts";
import { checkServer } from "./small_server.ts";

Deno.test("checks: an echo server that ends messages of pausing clients passes on a slow machine", async () => {
  const prefix = new TextEncoder().encode("Server received: ");
  const { results } = await checkServer((socket) => {
    // Every read comes after a pause that would end a message without a line feed.
    let now = 0;
    const prefixer = new Prefixer(prefix, new MessageEnds(() => now += 1000, 0));
    socket.on("data", (bytes: Uint8Array) => socket.write(prefixer.push(bytes)));
  }, 4000);
  assertEquals(results.filter(({ verdict }) => verdict !== "PASS"), []);
});
