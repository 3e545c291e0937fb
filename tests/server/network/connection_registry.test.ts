import { assertEquals } from "@std/assert";
import {
  type ConnectionHandler,
  ConnectionRegistry,
} from "../../../server/network/connection_registry.ts";
import { promises } from "../chat.ts";
import { FakeTimers } from "../fake_timers.ts";

/** A connection that records its calls, and is closed by the named ones. */
function handlerOf(registry: ConnectionRegistry, closedBy: readonly string[]) {
  const calls: string[] = [];
  const called = (call: string) => {
    calls.push(call);
    if (closedBy.includes(call)) registry.delete(handler);
  };
  const handler: ConnectionHandler = {
    shutDown: (reason) => called(reason),
    destroy: () => called("destroy"),
  };
  registry.replace(undefined, handler);
  return calls;
}

/** Shuts down, and returns the milliseconds until it resolves, at most 10 s. */
async function shutDown(registry: ConnectionRegistry, timers: FakeTimers) {
  let isOver = false;
  void registry.shutDown("restart", 2000).then(() => isOver = true);
  let milliseconds = 0;
  for (await promises(); !isOver && milliseconds < 10_000; await promises()) {
    timers.advance(500);
    milliseconds += 500;
  }
  assertEquals(timers.size, 0);
  return milliseconds;
}

const CASES: readonly (readonly [
  what: string,
  closedBy: readonly string[],
  calls: readonly string[],
  milliseconds: number,
])[] = [
  ["closes in order", ["restart"], ["restart"], 0],
  ["closes when it is destroyed", ["destroy"], ["restart", "destroy"], 2000],
  ["never reports its close", [], ["restart", "destroy"], 3000],
];

for (const [what, closedBy, calls, milliseconds] of CASES) {
  Deno.test(`connection registry: a shutdown ends with a connection that ${what}`, async () => {
    using timers = new FakeTimers();
    const registry = new ConnectionRegistry();
    const called = handlerOf(registry, closedBy);
    assertEquals(await shutDown(registry, timers), milliseconds);
    assertEquals(called, calls);
  });
}
