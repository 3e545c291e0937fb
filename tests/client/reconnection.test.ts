import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConnectionError } from "../../client/mod.ts";
import { settle } from "./fakes.ts";
import { connected, statesOf } from "./session_server.ts";

const REFUSED = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

Deno.test("the delays grow up to a bound, and begin anew after a success", async () => {
  const { server, clock, client, events } = await connected();
  server.onConnect = () => server.drop(REFUSED());
  server.drop();
  const delays = () =>
    events.splice(0).flatMap((event) =>
      event.type === "connection" && event.state !== "restored" ? [event.retryMilliseconds] : []
    );
  for (const delay of [1000, 2000, 4000, 8000, 8000]) {
    await settle();
    assertEquals(delays(), [delay]);
    clock.advance(delay - 1);
    await settle();
    assertEquals(events, []);
    clock.advance(1);
  }
  await settle();
  events.length = 0;
  server.onConnect = () => server.listener.opened();
  clock.advance(8000);
  await settle();
  assertEquals(statesOf(events.splice(0)), ["restored"]);
  server.drop();
  await settle();
  assertEquals(delays(), [1000]);
  client.close();
});

Deno.test("a connection that breaks before the welcome is no success", async () => {
  const { server, clock, client, events } = await connected();
  const answer = server.onFrame;
  server.onFrame = () => server.drop();
  server.drop();
  await settle();
  clock.advance(1000);
  await settle();
  server.onFrame = answer;
  clock.advance(2000);
  await settle();
  assertEquals(statesOf(events), ["lost", "waiting", "restored"]);
  client.close();
});

Deno.test("a client retries a full server, and ends with the reason if its name is taken", async () => {
  const { server, clock, client, read } = await connected();
  const refuse = (code: "server_full" | "name_taken", text: string) => {
    server.onFrame = ({ type }) => type === "hello" && server.send({ type: "error", code, text });
  };
  refuse("server_full", "Server is full.");
  server.drop();
  await settle();
  clock.advance(1000);
  await settle();
  assert(!client.isClosed);
  await assertRejects(() => client.users(), ConnectionError, "without a reason");
  refuse("name_taken", "The name is taken.");
  clock.advance(2000);
  const closing = await client.closed;
  assert(closing.type === "lost");
  assertEquals(
    closing.error.message,
    "Lost the connection to 127.0.0.1:8080: the server sent: The name is taken.",
  );
  await read;
  await assertRejects(() => client.send("late"), ConnectionError);
});

Deno.test("a client waits for its server while other programs answer", async () => {
  const { server, clock, client, events } = await connected();
  const connect = server.onConnect;
  const others = [
    () => server.bytes("SSH-2.0-OpenSSH_9.6\r\n"),
    () => server.bytes("Enter your name: "),
    () => server.bytes("\x00\xff rubbish\n"),
    () => server.drop(Object.assign(new Error("wrong version"), { code: "ERR_SSL_WRONG_VERSION" })),
  ];
  server.onConnect = () => {
    connect();
    const [answer] = others.splice(0, 1);
    answer?.();
  };
  server.drop();
  for (let attempt = 1; attempt <= 5; attempt++) {
    await settle();
    clock.advance(8000); // the longest delay, and less than the time limit of an attempt
  }
  await settle();
  assertEquals(statesOf(events), [
    "lost",
    "waiting",
    "waiting",
    "waiting",
    "waiting",
    "restored",
  ]);
  client.close();
});

Deno.test("a client that was kicked or replaced, or has left, does not reconnect", async () => {
  for (const reason of ["kicked", "replaced"] as const) {
    const { server, client } = await connected();
    server.send({ type: "bye", reason, text: "Go." });
    server.drop();
    assertEquals(await client.closed, { type: "server closed", text: "Go." });
  }
  const { client, server } = await connected();
  await client.quit();
  assertEquals([(await client.closed).type, server.connections], ["left", 1]);
});

Deno.test("a client that has left does not reconnect when the server is silent", async () => {
  const { server, clock, client } = await connected({ heartbeatMilliseconds: 1000 });
  server.onFrame = () => {};
  const quit = client.quit();
  clock.advance(4000);
  await quit;
  assertEquals([await client.closed, server.connections, clock.timers], [{ type: "left" }, 1, 0]);
});

Deno.test("a client waits for a server that restarts or stops", async () => {
  const { server, clock, client, events } = await connected();
  server.send({ type: "bye", reason: "restart", text: "The server is restarting." });
  server.drop();
  await settle();
  clock.advance(1000);
  await settle();
  assertEquals(statesOf(events), ["lost", "restored"]);
  client.close();
});

Deno.test("leaving without a connection ends at once", async () => {
  const { server, clock, client, read } = await connected();
  server.drop();
  await settle();
  const said = assertRejects(() => client.send("never"), ConnectionError);
  await client.quit();
  await said;
  assertEquals(await client.closed, { type: "left" });
  await read;
  assertEquals(clock.timers, 0);
});
