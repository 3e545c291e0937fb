import { assert, assertEquals } from "@std/assert";
import { connect, createServer, type Server, Socket } from "node:net";
import { Listener } from "../../../server/network/listener.ts";
import { Log } from "../../../server/observability/log.ts";
import { memoryLog } from "../fakes.ts";

/** A listener whose server can be made to die, and to fail when it listens again. */
class Ailing {
  readonly log = memoryLog();
  readonly accepted: Socket[] = [];
  readonly servers: Server[] = [];
  isBroken = false;
  readonly listener: Listener;

  constructor() {
    this.listener = new Listener(
      { host: "127.0.0.1", port: 0, backlog: 5, maxConnections: 10, watchMilliseconds: 3_600_000 },
      new Log("info", () => 0, this.log.write),
      (socket) => {
        this.accepted.push(socket);
        socket.on("error", () => {});
        socket.end("hello");
      },
      (options, onConnection) => {
        const server = createServer(options, onConnection);
        this.servers.push(server);
        if (this.isBroken) {
          server.listen = () => {
            queueMicrotask(() => server.emit("error", new Error("no such luck")));
            return server;
          };
        }
        return server;
      },
    );
  }

  /** As an error of accept() does to it. */
  async die(): Promise<void> {
    const server = this.servers.at(-1)!;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  get events(): string[] {
    return this.log.entries.map(({ level, event }) => `${level} ${event}`);
  }
}

/** The bytes that a client receives until the end. */
function visit(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect({ host: "127.0.0.1", port });
    socket.setEncoding("utf8");
    socket.on("error", reject);
    socket.on("data", (chunk: string) => received += chunk);
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(received));
  });
}

Deno.test("listener: the connections of the watchdog do not count as clients", async () => {
  const { listener, accepted, log } = new Ailing();
  const { port } = await listener.listen();
  await listener.watch();
  await listener.watch();
  assertEquals(accepted.length, 0);
  assertEquals(await visit(port), "hello");
  assertEquals(log.entries, []);
  listener.close();
});

Deno.test("listener: a dead listener is restarted on its port, and logs that once", async () => {
  const ailing = new Ailing();
  const { listener } = ailing;
  const { port } = await listener.listen();
  await ailing.die();
  await listener.watch();
  assertEquals(await visit(port), "hello");
  await listener.watch();
  assertEquals(ailing.events, [
    "warn the listener had stopped accepting; listening again",
    "info accepting clients again",
  ]);
  listener.close();
});

Deno.test("listener: after a failed restart it waits twice as long each time, and logs that once", async () => {
  const ailing = new Ailing();
  const { listener, servers } = ailing;
  const { port } = await listener.listen();
  await ailing.die();
  ailing.isBroken = true;
  const attemptedAt: number[] = [];
  for (let look = 1; look <= 60; look++) {
    const before = servers.length;
    await listener.watch();
    if (servers.length > before) attemptedAt.push(look);
  }
  assertEquals(attemptedAt, [1, 3, 6, 11, 20, 37, 54]);
  ailing.isBroken = false;
  for (let look = 1; look <= 17; look++) await listener.watch();
  assertEquals(await visit(port), "hello");
  await listener.watch();
  assertEquals(ailing.events, [
    "warn the listener had stopped accepting; listening again",
    "error cannot listen again; trying again later",
    "info accepting clients again",
  ]);
  listener.close();
  assert(servers.length > 7);
});

Deno.test("listener: a watchdog without permission to connect is logged once, and does not count as accepted", async () => {
  const errors = [
    Object.assign(new Error("Requires net access"), { name: "NotCapable" }),
    Object.assign(new Error("connect EPERM"), { code: "EPERM" }),
  ];
  for (const error of errors) {
    const log = memoryLog();
    const listener = new Listener(
      { host: "127.0.0.1", port: 0, backlog: 5, maxConnections: 10, watchMilliseconds: 3_600_000 },
      new Log("info", () => 0, log.write),
      (socket) => socket.end("hello"),
      createServer,
      () => {
        const socket = new Socket();
        queueMicrotask(() => socket.emit("error", error));
        return socket;
      },
    );
    const { port } = await listener.listen();
    await listener.watch();
    await listener.watch();
    assertEquals(await visit(port), "hello");
    await listener.watch();
    await listener.watch();
    assertEquals(log.entries.map(({ event }) => event), [
      "cannot watch the listener: this program may not connect to it",
    ]);
    listener.close();
  }
});
