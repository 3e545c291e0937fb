/** The options that change while a server runs: what clients and requests get before and after. */

import { assertEquals, assertThrows } from "@std/assert";
import { LIVE_OPTIONS, type LiveOptions } from "../../server/live_options.ts";
import { OperatorError } from "../../server/mod.ts";
import { addAccount, withData } from "../support/accounts.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer, type TestServer } from "../support/server.ts";

const PASSWORD = "open sesame";

let logins = 0;

/**
 * The code of the error that a login gets; `welcome` without one. Each has a name of its own: the user
 * before may not have left yet.
 */
async function loginCode(port: number, name = `Ann${++logins}`): Promise<string> {
  const client = await RawClient.connect(port);
  client.sendFrame({ type: "hello", name });
  const { type, code } = await client.frame();
  client.close();
  return code ?? type;
}

/** How the server introduces itself. */
async function introduction(port: number) {
  const client = await RawClient.connect(port);
  client.send("\x1e");
  const frame = await client.frame("server");
  client.close();
  return frame;
}

/** The first frame of one of these types that a member gets after it has sent one. */
async function answer(port: number, frame: Record<string, unknown>, ...types: readonly string[]) {
  const { client } = await RawClient.hello(port, { name: "Ann" });
  client.sendFrame(frame);
  while (true) {
    const next = await client.frame();
    if (!types.includes(next.type)) continue;
    // Otherwise the next client of that name may come before this end is seen.
    await client.quit();
    return next;
  }
}

/** The status of the answer to a request. */
async function status(port: number, path: string, ...headers: readonly string[]): Promise<number> {
  const client = await RawClient.connect(port);
  client.send([`GET ${path} HTTP/1.1`, ...headers, "Connection: close", "", ""].join("\r\n"));
  await client.until("\r\n");
  client.close();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(client.received)![1]);
}

const offer = { type: "offer", to: "#lobby", name: "x", size: 10, id: "1" };

/** A change of options, and what is got before and after it. */
interface Row {
  readonly from: Partial<LiveOptions>;
  readonly to: Partial<LiveOptions>;
  readonly got: (server: TestServer) => Promise<unknown>;
  readonly before: unknown;
  readonly after: unknown;
}

const ROWS: readonly Row[] = [
  {
    from: { rate: null },
    to: { rate: { perSecond: 5, burst: 7 } },
    got: async ({ port }) => (await introduction(port)).limits,
    before: undefined,
    after: { perSecond: 5, burst: 7 },
  },
  {
    from: { serverPassword: null },
    to: { serverPassword: "sesame" },
    got: async ({ port }) => [(await introduction(port)).needs, await loginCode(port)],
    before: [undefined, "welcome"],
    after: [["serverPassword"], "server_password_wrong"],
  },
  {
    // A client that sends no line end.
    from: { lineTimeoutMilliseconds: 10 },
    to: { lineTimeoutMilliseconds: 0 },
    async got({ port }) {
      const client = await RawClient.connect(port);
      await client.until("username: ");
      client.send("Ann");
      const [first] = /Welcome|newline|line end/.exec(
        await client.until(/Welcome|newline|line end/),
      )!;
      client.close();
      return first === "Welcome";
    },
    before: true,
    after: false,
  },
  {
    from: { rooms: ["tea", "talk"] },
    to: { rooms: ["talk", "help"] },
    async got({ port }) {
      const { rooms } = await answer(port, { type: "rooms" }, "rooms");
      return rooms.map(({ name }: { name: string }) => name).sort();
    },
    before: ["lobby", "talk", "tea"],
    after: ["help", "lobby", "talk"],
  },
  {
    from: { maxRoomClients: 0 },
    to: { maxRoomClients: 1 },
    async got({ port }) {
      const { client } = await RawClient.hello(port, { name: "Ann" });
      const bob = await RawClient.connect(port);
      bob.sendFrame({ type: "hello", name: "Bob" });
      const { type, code } = await bob.frame();
      await Promise.all([bob.quit(), client.quit()]);
      return code ?? type;
    },
    before: "welcome",
    after: "room_full",
  },
  {
    from: { files: true },
    to: { files: false },
    got: async ({ port }) => (await answer(port, offer, "ack", "error")).code,
    before: undefined,
    after: "no_files",
  },
  {
    from: { maxFileBytes: 10 },
    to: { maxFileBytes: 9 },
    got: async ({ port }) => (await answer(port, offer, "ack", "error")).code,
    before: undefined,
    after: "file_too_large",
  },
  {
    from: { allowedHosts: ["old.example"] },
    to: { allowedHosts: ["new.example"] },
    got: ({ port }) =>
      Promise.all(["old", "new"].map((name) => status(port, "/", `Host: ${name}.example`))),
    before: [200, 421],
    after: [421, 200],
  },
  {
    from: { allowedOrigins: ["https://old.example"] },
    to: { allowedOrigins: ["https://new.example"] },
    got: ({ port }) =>
      Promise.all(
        ["old", "new"].map((name) =>
          status(
            port,
            "/ws",
            `Host: ${name}.example`,
            "Origin: https://" + name + ".example",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          )
        ),
      ),
    before: [426, 421],
    after: [421, 426],
  },
  {
    from: { metricsToken: null },
    to: { metricsToken: "s3cret" },
    got: ({ port }) => status(port, "/metrics", "Host: localhost"),
    before: 200,
    after: 401,
  },
  {
    from: { hooks: [{ room: "tea", token: "0123456789abcdef" }] },
    to: { hooks: [] },
    async got({ port }) {
      const url = `http://127.0.0.1:${port}/hooks/0123456789abcdef`;
      const response = await fetch(url, { method: "POST", body: '{"text": "hi"}' });
      return await response.text();
    },
    before: "ok",
    after: "no_service",
  },
  {
    from: { logLevel: "error" },
    to: { logLevel: "info" },
    async got({ port, log }) {
      await loginCode(port);
      return log.some(({ event }) => event === "joined");
    },
    before: false,
    after: true,
  },
];

for (const { from, to, got, before, after } of ROWS) {
  Deno.test(`live options: ${Object.keys(to)} changes while the server runs`, async () => {
    await using server = await startServer(from);
    assertEquals(await got(server), before);
    server.server.change(to);
    assertEquals(await got(server), after);
    server.server.change(from);
    assertEquals(server.server.options, { ...server.server.options, ...from });
  });
}

Deno.test("live options: a limit per address counts the clients from before", async () => {
  await using server = await startServer({ maxPerAddress: 0 });
  const { client } = await RawClient.hello(server.port, { name: "Bob" });
  server.server.change({ maxPerAddress: 1 });
  assertEquals(await loginCode(server.port), "too_many_from_address");
  server.server.change({ maxPerAddress: 0 });
  assertEquals(await loginCode(server.port), "welcome");
  client.close();
});

Deno.test("live options: a shorter time to give a name holds for the next client", async () => {
  await using server = await startServer();
  server.server.change({ registrationMilliseconds: 1 });
  const client = await RawClient.connect(server.port);
  await client.until(/within|time/);
  client.close();
});

Deno.test("live options: a room that is not permanent any more stays while it has members", async () => {
  await using server = await startServer({ rooms: ["tea"] });
  const { client } = await RawClient.hello(server.port, { name: "Ann", rooms: ["tea"] });
  server.server.change({ rooms: [] });
  client.sendFrame({ type: "rooms" });
  const names = (rooms: readonly { name: string }[]) => rooms.map(({ name }) => name).sort();
  assertEquals(names((await client.frame("rooms")).rooms), ["lobby", "tea"]);
  client.sendFrame({ type: "leave" });
  client.sendFrame({ type: "rooms" });
  assertEquals(names((await client.frame("rooms")).rooms), ["lobby"]);
  client.close();
});

Deno.test("live options: operators come and go with the option, and one without an account changes nothing", () =>
  withData({}, async ({ server, port, data }) => {
    const { client } = await RawClient.hello(port, { name: "Bob" });
    await addAccount(data, "Ann", PASSWORD);
    const change = { operators: ["Ann", "Nemo"], files: false };
    assertThrows(() => server.change(change), OperatorError, "Cannot make Nemo an operator");
    assertEquals([server.options.operators, server.options.files], [[], true]);
    // The account was added a moment ago.
    server.change({ operators: ["Ann"] });
    const { client: ann } = await RawClient.hello(port, { name: "Ann", password: PASSWORD });
    ann.sendFrame({ type: "kick", name: "Bob" });
    assertEquals((await client.frame("bye")).reason, "kicked");
    server.change({ operators: [] });
    ann.sendFrame({ type: "kick", name: "Bob" });
    assertEquals((await ann.frame("error")).code, "not_operator");
    for (const each of [client, ann]) each.close();
  }));

Deno.test("live options: another number of registrations counts anew, the same one does not", () =>
  withData({ registrationsPerHour: 1 }, async ({ server, port }) => {
    const register = (name: string) =>
      RawClient.hello(port, { name }).then(async ({ client }) => {
        client.sendFrame({ type: "register", password: PASSWORD, id: "1" });
        while (true) {
          const { type, code } = await client.frame();
          if (type !== "error" && type !== "notice") continue;
          client.close();
          return code ?? type;
        }
      });
    assertEquals(await register("Ann"), "notice");
    server.change({ registrationsPerHour: 1 });
    assertEquals(await register("Bob"), "too_many_registrations");
    server.change({ registrationsPerHour: 2 });
    assertEquals(await register("Bob"), "notice");
  }));

Deno.test("live options: each has a test, or is read with others when a client connects", () => {
  const tested = [
    ...ROWS.flatMap(({ to }) => Object.keys(to)),
    ...["maxPerAddress", "registrationMilliseconds", "operators", "registrationsPerHour"],
    // Read by the constructor of a connection, together with `rate` and `lineTimeoutMilliseconds`.
    ...["outbox", "slowClients"],
    // In hooks_out.test.ts.
    ...["hooksOut", "hookOutSecret"],
    // In stored_files.test.ts.
    ...["publicUrl", "storeFilesBytes"],
  ];
  assertEquals(tested.toSorted(), [...LIVE_OPTIONS].toSorted());
});
