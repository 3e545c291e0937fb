import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Calls } from "../../server/server_thread.ts";

const READ = { type: "read-file", path: "server.json" } as const;

Deno.test("calls of the network thread: each gets its own answer", async () => {
  const sent: unknown[] = [];
  const calls = new Calls((message) => sent.push(message));
  const [first, second] = [calls.make(READ), calls.make(READ)];
  assertEquals(sent, [{ ...READ, call: 1 }, { ...READ, call: 2 }]);
  calls.answered({ type: "answer", call: 2, result: "second" });
  calls.answered({ type: "answer", call: 1, error: { message: "no such file", code: "ENOENT" } });
  assertEquals(await second, "second");
  const error = await assertRejects(() => first, Error, "no such file");
  assertEquals((error as Error & { code?: string }).code, "ENOENT");
});

Deno.test("calls of the network thread: all are rejected if it fails, later ones too", async () => {
  const sent: unknown[] = [];
  const calls = new Calls((message) => sent.push(message));
  const waiting = calls.make(READ);
  const failure = new Error("The network thread failed: out of memory");
  calls.fail(failure);
  assertStrictEquals(await assertRejects(() => waiting), failure);
  assertStrictEquals(await assertRejects(() => calls.make(READ)), failure);
  assertEquals(sent.length, 1);
});
