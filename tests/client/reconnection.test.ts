import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ChatClient,
  ChatError,
  type ChatEvent,
  type ClientOptions,
  ConnectionError,
} from "../../client/mod.ts";
import type { ClientFrame, ServerFrame } from "../../protocol/mod.ts";
import { FakeClock, FakeServer, message, settle } from "./fakes.ts";

const REFUSED = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

/** A server with sessions, whose room has others who talk. */
class SessionServer extends FakeServer {
  seq = 0;
  /** Whether it has the session of a client that reconnects. */
  knowsSession = true;
  acknowledges = true;
  /** The frames that a client that reconnects has missed. */
  missed: ServerFrame[] = [];
  /** The room of the client. */
  room = "lobby";
  /** Whether it answers changes of room. */
  answersMoves = true;

  constructor() {
    super();
    this.onFrame = (frame) => this.#answer(frame);
  }

  get hellos(): ClientFrame[] {
    return this.said.filter(({ type }) => type === "hello");
  }

  /** What was said and where one went, over all connections. */
  get words(): string[] {
    return this.said.flatMap((frame) =>
      frame.type === "message"
        ? [frame.text]
        : frame.type === "join"
        ? [`to ${frame.room}`]
        : frame.type === "leave"
        ? ["to the lobby"]
        : []
    );
  }

  get ids(): (string | undefined)[] {
    return this.said.flatMap((frame) => frame.type === "message" ? [frame.id] : []);
  }

  #answer(frame: ClientFrame): void {
    switch (frame.type) {
      case "hello": {
        const isResumed = frame.resume !== undefined && this.knowsSession;
        const { name = "" } = frame;
        const session = isResumed ? frame.resume!.session : `session ${this.connections}`;
        const { room } = this;
        const welcome = { room, server: "fake", session, seq: this.seq };
        this.say({
          type: "welcome",
          name,
          ...welcome,
          ...(isResumed ? { resumed: true as const } : undefined),
        });
        if (isResumed) this.say(...this.missed.splice(0));
        else if (frame.resume !== undefined) {
          this.say({ type: "error", code: "cannot_resume", text: "Not known." });
        }
        break;
      }
      case "message":
        if (this.acknowledges) this.say({ type: "ack", id: frame.id!, seq: ++this.seq });
        break;
      case "join":
        if (!this.answersMoves) break;
        this.room = frame.room;
        this.say({ type: "joined", room: frame.room, name: "Alice", time: 1, seq: this.seq });
        break;
      case "quit":
        this.say({ type: "bye", reason: "quit", text: "Goodbye!" });
        this.drop();
    }
  }
}

async function connected(options: Partial<ClientOptions> = {}) {
  const server = new SessionServer();
  const clock = new FakeClock();
  const client = await ChatClient.connect({
    name: "Alice",
    openTransport: server.open,
    clock,
    reconnect: { first: 1000, most: 8000, random: () => 1 },
    ...options,
  });
  const events: ChatEvent[] = [];
  const read = (async () => {
    for await (const event of client.events()) events.push(event);
  })();
  await settle();
  events.length = 0;
  return { server, clock, client, events, read };
}

const statesOf = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => event.type === "connection" ? [event.state] : []);

Deno.test("a client resumes its session, and receives what it missed", async () => {
  const { server, clock, client, events } = await connected();
  server.seq = 2;
  server.say(message(1, "one"), { type: "skipped", room: "lobby", count: 1, from: 2, to: 2 });
  server.say({ type: "whisper", from: "Bob", to: "Alice", text: "psst", time: 1, number: 4 });
  server.missed = [message(3, "three")];
  server.drop();
  await settle();
  assert(!client.isConnected && !client.isClosed);
  clock.advance(1000);
  await settle();
  assertEquals(server.hellos[1], {
    type: "hello",
    name: "Alice",
    room: "lobby",
    resume: { session: "session 1", seq: 2, room: "lobby", whisper: 4 },
  });
  assertEquals(events.slice(3).map((event) => event.type === "message" ? event.text : event), [
    {
      type: "connection",
      state: "lost",
      text: "Lost the connection to 127.0.0.1:8080: the server closed it without reason.",
      retryMilliseconds: 1000,
    },
    { type: "connection", state: "restored", resumed: true, uncertain: 0 },
    "three",
  ]);
  assert(client.isConnected);
  client.close();
});

Deno.test("unacknowledged messages are sent again with the same id, then those that waited", async () => {
  const { server, clock, client } = await connected();
  assertEquals(await client.send("first"), { seq: 1 });
  server.acknowledges = false;
  const sent = client.send("sent");
  await settle();
  server.drop();
  await settle();
  const waiting = client.send("waiting");
  server.acknowledges = true;
  assertEquals(client.unacknowledged, 2);
  clock.advance(1000);
  assertEquals([await sent, await waiting], [{ seq: 2 }, { seq: 3 }]);
  const [acknowledged, first, again, last] = server.ids;
  assertEquals([first === again, new Set([acknowledged, first, last]).size], [true, 3]);
  assertEquals(client.unacknowledged, 0);
  client.close();
});

Deno.test("in a new session nothing is sent twice: what may have arrived is dropped", async () => {
  const { server, clock, client, events } = await connected();
  server.acknowledges = false;
  const sent = assertRejects(() => client.send("sent"), ConnectionError, "it is unknown");
  await settle();
  server.drop();
  await settle();
  const waiting = client.send("waiting");
  server.knowsSession = false;
  server.acknowledges = true;
  clock.advance(1000);
  await sent;
  await waiting;
  assertEquals(server.said.flatMap((frame) => frame.type === "message" ? [frame.text] : []), [
    "sent",
    "waiting",
  ]);
  assertEquals(events.at(-1), {
    type: "connection",
    state: "restored",
    resumed: false,
    uncertain: 1,
  });
  client.close();
});

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

Deno.test("a connection that breaks while it comes back is no success", async () => {
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

Deno.test("a full server is tried again, a taken name ends the session with the reason", async () => {
  const { server, clock, client, read } = await connected();
  const refuse = (code: "server_full" | "name_taken", text: string) => {
    server.onFrame = ({ type }) => type === "hello" && server.say({ type: "error", code, text });
  };
  refuse("server_full", "Server is full.");
  server.drop();
  await settle();
  clock.advance(1000);
  await settle();
  assert(!client.isClosed);
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

Deno.test("a client waits for its server, whatever else answers meanwhile", async () => {
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
    server.say({ type: "bye", reason, text: "Go." });
    server.drop();
    assertEquals(await client.closed, { type: "server closed", text: "Go." });
  }
  const { client, server } = await connected();
  await client.quit();
  assertEquals([(await client.closed).type, server.connections], ["left", 1]);
});

Deno.test("a client waits for a server that restarts or stops", async () => {
  const { server, clock, client, events } = await connected();
  server.say({ type: "bye", reason: "restart", text: "The server is restarting." });
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

Deno.test("questions do not wait for a connection", async () => {
  const { server, client } = await connected();
  const asked = assertRejects(() => client.users(), ConnectionError, "without reason");
  server.drop();
  await asked;
  await assertRejects(() => client.users(), ConnectionError, "without reason");
  client.close();
});

Deno.test("a change of room is kept in its place among what is said", async () => {
  const { server, clock, client } = await connected();
  server.drop();
  await settle();
  const all = [client.send("for the lobby"), client.join("tea"), client.send("for tea")];
  assertEquals(client.unacknowledged, 3);
  clock.advance(1000);
  assertEquals(await Promise.all(all), [
    { seq: 1 },
    { room: "tea", seq: 1, topic: undefined },
    { seq: 2 },
  ]);
  assertEquals(server.words, ["for the lobby", "to tea", "for tea"]);
  assertEquals(client.unacknowledged, 0);
  client.close();
});

for (const knowsSession of [true, false]) {
  const session = knowsSession ? "the session" : "a new session";
  Deno.test(`a change of room without an answer is repeated in ${session}`, async () => {
    const { server, clock, client } = await connected();
    server.answersMoves = false;
    const joined = client.join("tea");
    await settle();
    server.drop();
    await settle();
    const said = client.send("for tea");
    server.answersMoves = true;
    server.knowsSession = knowsSession;
    clock.advance(1000);
    assertEquals((await joined).room, "tea");
    await said;
    assertEquals(server.words, ["to tea", "to tea", "for tea"]);
    client.close();
  });
}

Deno.test("a change of room that is refused is not made again", async () => {
  const { server, clock, client } = await connected();
  const answer = server.onFrame;
  server.onFrame = (frame) => {
    if (frame.type !== "join") return answer(frame);
    server.say({ type: "error", code: "room_invalid", text: "No.", ref: frame.id! });
  };
  server.drop();
  await settle();
  const refused = assertRejects(() => client.join("no room"), ChatError, "No.");
  clock.advance(1000);
  await refused;
  assertEquals(client.unacknowledged, 0);
  client.close();
});

Deno.test("a break while the messages of another room are replayed loses none of them", async () => {
  const { server, clock, client, events } = await connected();
  const inTea = (seq: number) => ({ ...message(seq, `tea ${seq}`), room: "tea" });
  const comeBack = async (...missed: ServerFrame[]) => {
    server.missed = missed;
    server.drop();
    await settle();
    clock.advance(1000);
    await settle();
    return server.hellos.at(-1);
  };
  server.seq = 4;
  server.say(message(4, "four"));
  server.answersMoves = false;
  const joined = client.join("tea");
  await settle();
  // The server has carried it out, and the answer was lost.
  server.room = "tea";
  server.seq = 9;
  const session = { session: "session 1", whisper: 0 };
  const inLobby = { room: "lobby", resume: { ...session, room: "lobby", seq: 4 } };
  assertEquals(await comeBack(), { type: "hello", name: "Alice", ...inLobby });
  assertEquals(await comeBack(inTea(7)), { type: "hello", name: "Alice", ...inLobby, room: "tea" });
  assertEquals(await comeBack(inTea(8)), {
    type: "hello",
    name: "Alice",
    room: "tea",
    resume: { ...session, room: "tea", seq: 7 },
  });
  assertEquals(events.flatMap((event) => event.type === "message" ? [event.seq] : []), [4, 7, 8]);
  assertEquals((await joined).room, "tea");
  client.close();
});

Deno.test("a client that is in another room afterwards gets a joined event, and repeats nothing there", async () => {
  const { server, clock, client, events } = await connected();
  server.acknowledges = false;
  server.answersMoves = false;
  const forLobby = assertRejects(
    () => client.send("for the lobby"),
    ConnectionError,
    "it is unknown",
  );
  const moves = [client.join("milk"), client.join("Tea")];
  const said = client.send("for tea");
  await settle();
  server.drop();
  await settle();
  // The server has carried it all out, and the answers were lost.
  server.room = "tea";
  server.missed = [{ ...message(5, "five"), room: "tea" }];
  server.acknowledges = true;
  const { length } = server.words;
  clock.advance(1000);
  await forLobby;
  assertEquals((await Promise.all(moves)).map(({ room }) => room), ["tea", "tea"]);
  await said;
  assertEquals(server.words.slice(length), ["for tea"]);
  assertEquals(events.slice(1, 4).map((event) => "time" in event ? { ...event, time: 0 } : event), [
    { type: "connection", state: "restored", resumed: true, uncertain: 1 },
    { type: "joined", room: "tea", name: "Alice", time: 0, seq: 0 },
    { ...message(5, "five"), room: "tea", time: 0 },
  ]);
  assertEquals(client.unacknowledged, 0);
  client.close();
});

Deno.test("messages that wait are not sent to a room into which the server has moved the session", async () => {
  const { server, clock, client, events } = await connected();
  server.drop();
  await settle();
  const forLobby = assertRejects(
    () => client.send("for the lobby"),
    ConnectionError,
    "unknown whether",
  );
  const whispered = client.whisper("Bob", "for Bob");
  // Without any change of room by this client, such as after the room was deleted.
  server.room = "tea";
  const answer = server.onFrame;
  server.onFrame = (frame) => {
    if (frame.type === "whisper") server.say({ type: "ack", id: frame.id!, to: "Bob" });
    else answer(frame);
  };
  clock.advance(1000);
  await forLobby;
  assertEquals(await whispered, { to: "Bob" });
  assertEquals(server.words, []);
  assertEquals(events.slice(1).map((event) => event.type), ["connection", "joined"]);
  client.close();
});
