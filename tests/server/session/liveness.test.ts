import { assert, assertEquals } from "@std/assert";
import {
  Heartbeat,
  type Heartbeatable,
  PeerProbes,
  PROBE_SECONDS,
} from "../../../server/session/liveness.ts";
import { Stage } from "../connections.ts";

/** A connection that records the calls of the heartbeat. */
class FakeConnection implements Heartbeatable {
  missedBeats = 0;
  isPaused = false;
  readonly calls: string[] = [];
  hasTakenOutput = () => false;

  constructor(heartbeat: Heartbeat) {
    heartbeat.add(this);
  }

  ping(): void {
    this.calls.push("ping");
  }

  lost(): void {
    this.calls.push("lost");
  }
}

/** Beats in one interval. */
const INTERVAL = 6;

function beat(heartbeat: Heartbeat, times: number): void {
  for (let count = 0; count < times; count++) heartbeat.beat();
}

Deno.test("heartbeat: a silent client is pinged after each interval, and lost after three", () => {
  const heartbeat = new Heartbeat(30_000);
  const connection = new FakeConnection(heartbeat);
  beat(heartbeat, INTERVAL - 1);
  assertEquals(connection.calls, []);
  beat(heartbeat, 1);
  assertEquals(connection.calls, ["ping"]);
  beat(heartbeat, INTERVAL);
  assertEquals(connection.calls, ["ping", "ping"]);
  beat(heartbeat, INTERVAL);
  assertEquals(connection.calls, ["ping", "ping", "lost"]);
  beat(heartbeat, 10 * INTERVAL);
  assertEquals(connection.calls.length, 3, "lost once");
});

Deno.test("heartbeat: any sign of life restarts the interval", () => {
  const heartbeat = new Heartbeat(30_000);
  const connection = new FakeConnection(heartbeat);
  for (let round = 0; round < 100; round++) {
    connection.missedBeats = 0;
    beat(heartbeat, INTERVAL - 1);
  }
  assertEquals(connection.calls, []);
});

Deno.test("heartbeat: a paused connection is not silent", () => {
  const heartbeat = new Heartbeat(30_000);
  const connection = new FakeConnection(heartbeat);
  beat(heartbeat, INTERVAL - 1);
  connection.isPaused = true;
  beat(heartbeat, 10 * INTERVAL);
  connection.isPaused = false;
  beat(heartbeat, INTERVAL - 1);
  assertEquals(connection.calls, []);
  beat(heartbeat, 1);
  assertEquals(connection.calls, ["ping"]);
});

Deno.test("heartbeat: a connection that takes output is not silent", () => {
  const heartbeat = new Heartbeat(30_000);
  const connection = new FakeConnection(heartbeat);
  connection.hasTakenOutput = () => true;
  beat(heartbeat, 10 * INTERVAL);
  connection.hasTakenOutput = () => false;
  beat(heartbeat, 3 * INTERVAL);
  assertEquals(connection.calls, ["ping", "ping", "lost"]);
});

Deno.test("heartbeat: a removed connection gets no call, also when it is removed during a beat", () => {
  const heartbeat = new Heartbeat(30_000);
  const first = new FakeConnection(heartbeat);
  const second = new FakeConnection(heartbeat);
  first.ping = () => heartbeat.remove(second);
  beat(heartbeat, 5 * INTERVAL);
  assertEquals(first.calls, ["lost"]);
  assertEquals(second.calls, []);
});

Deno.test("peer probes: each connection is probed once per interval, a tenth of them per second", () => {
  const probes = new PeerProbes();
  const counts = Array.from({ length: 95 }, () => 0);
  const connections = counts.map((_, index) => ({ probe: () => void counts[index]!++ }));
  for (const connection of connections) probes.add(connection);
  for (let second = 0; second < 3 * PROBE_SECONDS; second++) {
    const before = counts.reduce((sum, count) => sum + count);
    probes.tick();
    assert(counts.reduce((sum, count) => sum + count) - before <= 10);
  }
  assertEquals(counts, counts.map(() => 3));
  for (const connection of connections.slice(1)) probes.remove(connection);
  for (let second = 0; second < PROBE_SECONDS; second++) probes.tick();
  assertEquals(counts, [4, ...counts.slice(1).map(() => 3)]);
});

Deno.test("peer probes: a connection may be removed by its own probe", () => {
  const probes = new PeerProbes();
  const connection = { probe: () => probes.remove(connection) };
  probes.add(connection);
  probes.tick();
  probes.tick();
});

Deno.test("liveness: a text client that accepts no bytes of a write for 60 s is dropped", () => {
  using stage = new Stage();
  const { transport } = stage.connect();
  transport.receive("Alice\n");
  stage.settle();
  const probe = (times: number) => {
    for (let tick = 0; tick < times * PROBE_SECONDS; tick++) stage.context.probes.tick();
  };
  probe(20);
  assertEquals(transport.isDestroyed, false, "no write is active");
  transport.isStalled = true;
  transport.receive("/help\n");
  stage.settle();
  probe(6);
  assertEquals(transport.isDestroyed, false);
  transport.isStalled = false;
  stage.settle();
  transport.isStalled = true;
  transport.receive("/help\n");
  stage.settle();
  probe(6);
  assertEquals(transport.isDestroyed, false, "bytes were accepted meanwhile");
  probe(1);
  assert(transport.isDestroyed);
  assertEquals(stage.metrics.silent, 1);
});

/** A program that has joined as Alice. */
function joinProgram(stage: Stage, heartbeat: Heartbeat) {
  const { transport } = stage.connect({ heartbeat }, "", "json");
  transport.receive('{"type":"hello","name":"Alice"}\n');
  stage.settle();
  return { transport, subscriber: stage.chat.hub.members.find("alice")!.subscriber };
}

Deno.test("liveness: a program that is still reading is not dropped, one that reads no more is", () => {
  using stage = new Stage();
  const heartbeat = new Heartbeat(6000);
  const { transport, subscriber } = joinProgram(stage, heartbeat);
  const { outbox } = subscriber!;
  transport.isStalled = true;
  outbox.write(new Uint8Array(1000));
  for (let write = 0; write < 50; write++) {
    outbox.write(new Uint8Array(1000));
    beat(heartbeat, 2 * INTERVAL);
    assertEquals(transport.isDestroyed, false, "the link is slow");
    transport.isStalled = false;
    transport.take();
    transport.isStalled = true;
  }
  beat(heartbeat, 3 * INTERVAL + 1);
  assert(transport.isDestroyed);
});

Deno.test("liveness: output that never had to wait is no sign of life", () => {
  using stage = new Stage();
  const heartbeat = new Heartbeat(6000);
  const { transport, subscriber } = joinProgram(stage, heartbeat);
  for (let beats = 0; beats < 3 * INTERVAL; beats++) {
    assertEquals(transport.isDestroyed, false);
    subscriber!.outbox.write(new Uint8Array(1000));
    stage.settle();
    heartbeat.beat();
  }
  assert(transport.isDestroyed);
});

const TELNET_PROBE = "\xff\xfd\x06";

Deno.test("liveness: a telnet client that has answered a probe is dropped for silence", () => {
  using stage = new Stage();
  const heartbeat = new Heartbeat(6000);
  const { transport } = stage.connect({ heartbeat });
  transport.receive("\xff\xfb\x1fAlice\n");
  stage.settle();
  const beat = (times: number) => {
    for (let count = 0; count < times; count++) heartbeat.beat();
    stage.settle();
  };
  beat(6);
  assert(transport.written.endsWith(TELNET_PROBE));
  transport.receive("\xff\xfc\x06");
  beat(17);
  assertEquals(transport.isDestroyed, false);
  beat(1);
  assert(transport.isDestroyed);
});

Deno.test("liveness: a telnet client without an answer is not dropped, and other text clients are not probed", () => {
  using stage = new Stage();
  const heartbeat = new Heartbeat(6000);
  const { transport: mute } = stage.connect({ heartbeat });
  const { transport: plain } = stage.connect({ heartbeat });
  mute.receive("\xff\xfb\x1fAlice\n");
  plain.receive("\xff\xffBob\n");
  stage.settle();
  for (let count = 0; count < 60; count++) heartbeat.beat();
  stage.settle();
  assertEquals([mute.isDestroyed, plain.isDestroyed], [false, false]);
  assertEquals(mute.written.split(TELNET_PROBE).length - 1, 2);
  assert(!plain.written.includes(TELNET_PROBE));
});
