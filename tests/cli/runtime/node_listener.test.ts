import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { AcceptQueue } from "../../../cli/runtime/node_listener.ts";
import type { EchoConnection } from "../../../server/echo/acceptor.ts";

const EXHAUSTED = new Error("too many open files");

function client(peer: string, closed: string[] = []): EchoConnection {
  return { peer, close: () => void closed.push(peer) } as unknown as EchoConnection;
}

Deno.test("accept queue of Node: clients come in order, whether a call waits or not", async () => {
  const queue = new AcceptQueue();
  const [first, second] = [client("first"), client("second")];
  const waiting = queue.next();
  queue.add(first);
  queue.add(second);
  assertStrictEquals(await waiting, first);
  assertStrictEquals(await queue.next(), second);
});

Deno.test("accept queue of Node: an error is received once, by the waiting call or the next", async () => {
  const queue = new AcceptQueue();
  const waiting = queue.next();
  queue.fail(EXHAUSTED);
  assertStrictEquals(await assertRejects(() => waiting), EXHAUSTED);
  queue.fail(EXHAUSTED);
  assertStrictEquals(await assertRejects(() => queue.next()), EXHAUSTED);
  const later = client("later");
  queue.add(later);
  assertStrictEquals(await queue.next(), later);
});

Deno.test("accept queue of Node: closing closes the clients that wait, and ends all calls", async () => {
  const closed: string[] = [];
  const queue = new AcceptQueue();
  queue.add(client("waiting", closed));
  queue.fail(EXHAUSTED);
  queue.close();
  queue.add(client("late", closed));
  assertEquals(await queue.next(), undefined);
  assertEquals(closed, ["waiting", "late"]);
  const other = new AcceptQueue();
  const call = other.next();
  other.close();
  assertEquals(await call, undefined);
});
