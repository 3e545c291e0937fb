import { assertEquals } from "@std/assert";
import { exitCodeOf, sendLines } from "../../../client/mod.ts";
import { FakeServer, Sink } from "../fakes.ts";

Deno.test("send: a read error of the lines is an outcome, after the lines before it", async () => {
  const server = new FakeServer().beFriendly();
  const errors = new Sink();
  async function* lines() {
    yield "one";
    await Promise.resolve();
    throw Object.assign(new Error("EISDIR"), { code: "EISDIR" });
  }
  const outcome = await sendLines({
    ...{ name: "Bob", openTransport: server.open, lines: lines(), errors },
  });
  assertEquals(outcome, { type: "unreadable" });
  assertEquals(exitCodeOf(outcome), 1);
  const sent = server.received.flatMap((frame) => frame.type === "message" ? [frame.text] : []);
  assertEquals(sent, ["one"]);
  assertEquals(server.received.at(-1), { type: "quit" });
  assertEquals(errors.text, "Cannot read the input: it is a folder.\n");
});
