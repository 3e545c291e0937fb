import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { setImmediate } from "node:timers";
import type { LessonEvent } from "../../../client/learn/conditions.ts";
import { listen } from "../../../cli/learn/listening.ts";
import { choosePorts } from "../../../cli/learn/ports.ts";
import { freePort } from "../../support/addresses.ts";
import { eventually } from "../../support/eventually.ts";

function recorder() {
  const lines: string[] = [];
  const events: LessonEvent[] = [];
  return {
    lines,
    kinds: () => events.map(({ kind, text }) => text === undefined ? kind : `${kind} ${text}`),
    handlers: {
      print: (line: string) => void lines.push(line),
      event: (event: LessonEvent) => void events.push(event),
    },
  };
}

Deno.test("listening: a TCP client is shown, and only the first one is served", async () => {
  const { lines, kinds, handlers } = recorder();
  const port = freePort();
  const listening = await listen({ type: "listen", protocol: "tcp", port }, handlers);
  const socket = connect(port, "127.0.0.1");
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.end("one\ntwo \x1b[31m\n");
  socket.resume();
  await closed;
  await eventually(() => kinds().includes("closes"), "the end");
  assertEquals(kinds(), ["connects", "sends one", "sends two [31m", "closes"]);
  assertEquals(lines, ["one", "two [31m"]);
  const late = connect(port, "127.0.0.1");
  await new Promise((resolve) => late.on("error", resolve));
  await listening.stop();
});

Deno.test("listening: keys have a turn between two chunks of a client that never stops", async () => {
  const { lines, handlers } = recorder();
  const port = freePort();
  let turn = 0;
  const linesOfTurns = new Map<number, number>();
  const print = (line: string) => {
    handlers.print(line);
    linesOfTurns.set(turn, (linesOfTurns.get(turn) ?? 0) + 1);
  };
  const listening = await listen({ type: "listen", protocol: "tcp", port }, {
    ...handlers,
    print,
  });
  let isOver = false;
  const nextTurn = () => {
    turn++;
    if (!isOver) setImmediate(nextTurn);
  };
  nextTurn();
  const socket = connect(port, "127.0.0.1");
  socket.end(`${"x".repeat(99)}\n`.repeat(50_000));
  await eventually(() => lines.length >= 50_000, "all lines");
  isOver = true;
  // A chunk has up to 64 KiB; the line that it cuts counts twice.
  assert(Math.max(...linesOfTurns.values()) <= 657, `${Math.max(...linesOfTurns.values())}`);
  await listening.stop();
});

Deno.test("listening: cards of UDP are shown, of the first sender only", async () => {
  const { lines, kinds, handlers } = recorder();
  const port = freePort();
  const listening = await listen({ type: "listen", protocol: "udp", port }, handlers);
  const [one, other] = [createSocket("udp4"), createSocket("udp4")];
  const send = (socket: typeof one, text: string) =>
    new Promise((resolve) => socket.send(text, port, "127.0.0.1", resolve));
  await send(one, "first\n");
  await eventually(() => lines.length === 1, "the first card");
  await send(other, "another\n");
  await send(one, "second\n");
  await eventually(() => lines.length === 2, "the second card");
  assertEquals(kinds(), ["sends first", "sends second"]);
  for (const socket of [one, other]) await new Promise<void>((done) => socket.close(() => done()));
  await listening.stop();
});

for (const protocol of ["tcp", "udp"] as const) {
  Deno.test(`listening: a ${protocol} port that is in use is an error`, async () => {
    const { handlers } = recorder();
    const port = freePort();
    const first = await listen({ type: "listen", protocol, port }, handlers);
    await assertRejects(() => listen({ type: "listen", protocol, port }, handlers), Error);
    await first.stop();
  });
}

Deno.test("ports: one that is in use is replaced by another", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port: used } = listener.addr;
  const free = freePort();
  const ports = await choosePorts([used, free]);
  listener.close();
  assertEquals([...ports.keys()], [used, free]);
  assertEquals([ports.get(used) === used, ports.get(free) === free], [false, true]);
  assertEquals(new Set(ports.values()).size, 2);
});
