import { assert, assertEquals, assertRejects } from "@std/assert";
import type net from "node:net";
import { ChatClient, ChatError, ConnectionError, openTcp, openTls } from "../../../client/mod.ts";
import { jsonLines, withServer } from "../fixture_server.ts";

const welcome = (name: string) => ({
  type: "welcome",
  name,
  rooms: [{ room: "lobby", seq: 0 }],
  server: "fixture",
  session: "s",
});

Deno.test("over TCP: welcome, ack, whisper, and a character split by the network", async () => {
  let seq = 0;
  const behaviour = jsonLines((frame, socket) => {
    if (frame.type === "hello") return [welcome(frame.name)];
    if (frame.type === "quit") socket.end('{"type":"bye","reason":"quit","text":"Goodbye!"}\n');
    if (frame.text === "split") {
      const bytes = new TextEncoder().encode('{"type":"notice","text":"€"}\n');
      socket.write(bytes.subarray(0, 26));
      setImmediate(() => {
        socket.write(bytes.subarray(26));
        socket.write(`{"type":"ack","id":"${frame.id}","room":"lobby","seq":3}\n`);
      });
      return [];
    }
    return frame.id === undefined ? [] : [{ type: "ack", id: frame.id, room: "lobby", seq: ++seq }];
  });
  await withServer(behaviour, async (port) => {
    const client = await ChatClient.connect({ port, name: "Zoë" });
    assertEquals(client.name, "Zoë");
    assertEquals((await client.send("€ 😀")).seq, 1);
    await client.whisper("Bob", "psst");
    await client.send("split");
    const events = client.events();
    assertEquals((await events.next()).value?.type, "welcome");
    assertEquals((await events.next()).value, { type: "notice", text: "€" });
    await client.quit();
    assertEquals(await client.closed, { type: "left" });
  });
});

Deno.test("over TCP: ten thousand sends, all acknowledged in order", async () => {
  let seq = 0;
  const behaviour = jsonLines((frame) =>
    frame.type === "hello"
      ? [welcome(frame.name)]
      : [{ type: "ack", id: frame.id, room: "lobby", seq: ++seq }]
  );
  await withServer(behaviour, async (port) => {
    const client = await ChatClient.connect({ port, name: "bulk" });
    const sends = Array.from({ length: 10_000 }, (_, number) => client.send(`${number}`));
    const numbers = (await Promise.all(sends)).map(({ seq }) => seq);
    assertEquals(numbers, Array.from({ length: 10_000 }, (_, number) => number + 1));
    client.close();
  });
});

Deno.test("over TCP: a taken name", async () => {
  const behaviour = jsonLines(() => [{ type: "error", code: "name_taken", text: "Taken." }]);
  await withServer(behaviour, async (port) => {
    await assertRejects(() => ChatClient.connect({ port, name: "a" }), ChatError, "Taken.");
  });
});

Deno.test("over TCP: a full server reports it, and closes", async () => {
  const behaviour = (socket: net.Socket) => {
    socket.end('{"type":"error","code":"server_full","text":"Server is full (1 of 1)."}\n');
  };
  await withServer(behaviour, async (port) => {
    await assertRejects(() => ChatClient.open({ port }), ChatError, "Server is full (1 of 1).");
  });
});

Deno.test("over TCP: a server that closes during a send", async () => {
  const behaviour = jsonLines((frame, socket) => {
    if (frame.type === "hello") return [welcome(frame.name)];
    socket.destroy();
    return [];
  });
  await withServer(behaviour, async (port) => {
    const client = await ChatClient.connect({ port, name: "a" });
    await assertRejects(
      () => client.send("x"),
      ConnectionError,
      "Lost the connection to 127.0.0.1",
    );
    const closing = await client.closed;
    assert(closing.type === "lost");
    assertEquals(closing.error.phase, "chat");
  });
});

const UNKNOWN_PEERS: [string, (socket: net.Socket) => void, string][] = [
  ["closes at once", (socket) => void socket.end(), "closed the connection before it answered"],
  ["echoes", (socket) => void socket.pipe(socket), "as an echo server does"],
  [
    "speaks HTTP",
    (socket) => void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    "it is a web server",
  ],
  [
    "sends binary data",
    (socket) => void socket.write(new Uint8Array([0xff, 0, 1, 2])),
    "it answers with binary data",
  ],
];

for (const [does, behaviour, sentence] of UNKNOWN_PEERS) {
  Deno.test(`over TCP: a server that ${does}`, async () => {
    await withServer(behaviour, async (port) => {
      await assertRejects(() => ChatClient.connect({ port, name: "a" }), ConnectionError, sentence);
    });
  });
}

Deno.test("over TCP: connection refused", async () => {
  let free = 0;
  await withServer(() => {}, (port) => Promise.resolve(void (free = port)));
  await assertRejects(
    () => ChatClient.connect({ port: free, name: "a" }),
    ConnectionError,
    `Cannot connect to 127.0.0.1:${free}: connection refused. Is the server running?`,
  );
});

Deno.test("over TCP or TLS: an invalid port is refused", async () => {
  for (const port of [99_999, 0, -1, 1.5, NaN]) {
    for (const openTransport of [openTcp, openTls()]) {
      await assertRejects(
        () => ChatClient.connect({ port, name: "a", openTransport }),
        ConnectionError,
        "a port is a number from 1 to 65535",
      );
    }
  }
});

Deno.test("over TCP: a name that does not exist (RFC 6761 reserves .invalid)", async () => {
  await assertRejects(
    () => ChatClient.connect({ host: "no-such-host.invalid", name: "a" }),
    ConnectionError,
    "Cannot connect to no-such-host.invalid:8080: unknown host.",
  );
});

Deno.test("over TCP: a slow client makes the server wait, and loses nothing", async () => {
  const total = 20_000;
  const behaviour = jsonLines((frame, socket) => {
    if (frame.type !== "hello") return [];
    socket.write(JSON.stringify(welcome(frame.name)) + "\n");
    const text = "x".repeat(1000);
    const send = (seq: number) => {
      while (seq <= total) {
        const json = { type: "message", seq, room: "lobby", from: "b", text, time: 1 };
        seq++;
        if (!socket.write(JSON.stringify(json) + "\n")) break;
      }
      if (seq <= total) socket.once("drain", () => send(seq));
    };
    send(1);
    return [];
  });
  await withServer(behaviour, async (port) => {
    const client = await ChatClient.connect({ port, name: "slow", eventLimit: 1000 });
    let expected = 0;
    for await (const frame of client.events()) {
      if (frame.type === "welcome") continue;
      assert(frame.type === "message");
      assertEquals(frame.seq, ++expected);
      if (expected === total) break;
      if (expected % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    client.close();
  });
});
