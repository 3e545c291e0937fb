import { assertEquals } from "@std/assert";
import { LineConnection } from "../../../client/lines/line_connection.ts";
import type { OpenTransport, TransportListener } from "../../../client/core/transport.ts";
import { toByteString } from "../../../protocol/mod.ts";
import { FakeClock, settle } from "../fakes.ts";

/** A connection, its calls, and the other end of it. */
function connectionWith({ keepsQuestions = false } = {}) {
  const sent: [line: string, question: string][] = [];
  const clock = new FakeClock();
  const lines: string[] = [];
  const partials: string[] = [];
  const written: string[] = [];
  const state = { isEnded: false, isDestroyed: false };
  let server!: TransportListener;
  const openTransport: OpenTransport = (_endpoint, listener) => {
    server = listener;
    return {
      write: (bytes) => void written.push(bytes),
      pause() {},
      resume() {},
      end: () => void (state.isEnded = true),
      destroy: () => void (state.isDestroyed = true),
    };
  };
  const connection = new LineConnection({ clock, openTransport }, {
    lines: (text) => void lines.push(text),
    partial: (text) => void partials.push(text),
    keepsQuestions,
    sending: (line, question) => void sent.push([line, question]),
  });
  return { clock, lines, partials, sent, written, state, server, connection };
}

Deno.test("line connection: reports complete lines without control characters, and the incomplete one", () => {
  const { server, lines, partials } = connectionWith();
  server.received("one\ntw");
  server.received(toByteString("o\r\n\x1b[2Jü").slice(0, -1)); // the last character is cut in two
  server.received(toByteString("ü").slice(1));
  assertEquals(lines, ["one\n", "two\n"]);
  assertEquals(partials, ["tw", "[2J", "[2Jü"]);
  server.closed();
  assertEquals(lines.at(-1), "[2Jü\n");
});

Deno.test("line connection: sends the name at the prompt, and the first line waits", async () => {
  const { server, connection, written, clock } = connectionWith();
  let isIn = false;
  const entering = connection.join("Alice").then(() => isIn = true);
  server.opened();
  await settle();
  assertEquals(written, []);
  server.received("Welcome\nEnter your name: ");
  await settle();
  assertEquals([written, isIn], [["Alice\n"], false]);
  clock.advance(500);
  await entering;
});

Deno.test("line connection: the time to connect is limited", async () => {
  const { connection, clock, state } = connectionWith();
  clock.advance(9999);
  assertEquals(state.isDestroyed, false);
  clock.advance(1);
  assertEquals((await connection.closed)?.code, "timed_out");
  assertEquals([state.isDestroyed, clock.timers], [true, 0]);
});

Deno.test("line connection: sends no name without a prompt", async () => {
  const { server, connection, written, clock } = connectionWith();
  const entering = connection.join("Alice");
  server.opened();
  await settle();
  clock.advance(500);
  await entering;
  assertEquals(written, []);
});

Deno.test("line connection: can send the name to a silent server, but not to one that greets", async () => {
  for (const [greeting, expected] of [["", ["Alice\n"]], ["Welcome!\n", []]] as const) {
    const { server, connection, written, clock } = connectionWith();
    const entering = connection.join("Alice", true);
    server.opened();
    await settle();
    if (greeting !== "") server.received(greeting);
    clock.advance(500);
    await settle();
    assertEquals(written, [...expected]);
    clock.advance(500);
    await entering;
  }
});

Deno.test("line connection: text without a line end becomes a line after a pause, and the rest another", () => {
  const { server, lines, partials, clock } = connectionWith();
  server.received("Ann joi");
  clock.advance(400);
  server.received("ned");
  clock.advance(499);
  assertEquals(lines, []);
  clock.advance(1);
  assertEquals([lines, partials], [["Ann joined\n"], ["Ann joi", "Ann joined", ""]]);
  server.received("Bob: hi");
  clock.advance(500);
  server.closed();
  assertEquals(lines, ["Ann joined\n", "Bob: hi\n"]);
});

Deno.test("line connection: a prompt stays incomplete until it is answered, if the listener keeps questions", () => {
  for (
    const question of ["Enter your name: ", "[12:00] Your name? ", "> ", "calc> ", "NICK", "Sure?"]
  ) {
    const { server, connection, lines, partials, sent, clock } = connectionWith({
      keepsQuestions: true,
    });
    server.received(question);
    clock.advance(5000);
    assertEquals([lines, partials], [[], [question]]);
    connection.send("Ann");
    assertEquals(sent, [["Ann", question]]);
    server.received("Ann joined\n");
    assertEquals([lines, partials.at(-1)], [["Ann joined\n"], ""]);
  }
  for (
    const message of [
      "Ann joined",
      "Bob: really?",
      "<Bob> is it 3:",
      "[12:00] [Bob] why?",
      "Bob: your name?",
    ]
  ) {
    const { server, connection, lines, clock } = connectionWith({ keepsQuestions: true });
    connection.send("hello");
    server.received(message);
    clock.advance(500);
    assertEquals(lines, [`${message}\n`]);
  }
});

Deno.test("line connection: a sent line ends an incomplete line, unless that is a prompt to keep", () => {
  for (const keepsQuestions of [true, false]) {
    const { server, connection, lines, sent } = connectionWith({ keepsQuestions });
    server.received("Ann joined");
    connection.send("hello");
    assertEquals([lines, sent], [["Ann joined\n"], [["hello", ""]]]);
  }
  const { server, connection, lines, sent } = connectionWith();
  server.received("Enter your name: ");
  connection.send("Ann");
  assertEquals([lines, sent], [["Enter your name: \n"], [["Ann", ""]]]);
});

Deno.test("line connection: a server without lines of text is reported, and closed", async () => {
  for (
    const [answer, sentence] of [
      ["HTTP/1.1 400 Bad Request\r\n\r\n", "it is a web server"],
      ["\x15\x03\x01\x00\x02\x02\x46", "it expects TLS"],
    ] as const
  ) {
    const { server, connection, lines, state } = connectionWith();
    server.opened();
    connection.send("hello");
    connection.end();
    server.received(answer);
    const error = await connection.closed;
    assertEquals(
      error?.message,
      `Cannot join 127.0.0.1:8080: that is not a hubbub server: ${sentence}.`,
    );
    assertEquals([lines, state.isDestroyed], [[], true]);
  }
  // Later text is a message.
  const { server, lines } = connectionWith();
  server.received("hi\n");
  server.received("HTTP/1.1 is a protocol\n");
  assertEquals(lines, ["hi\n", "HTTP/1.1 is a protocol\n"]);
});

Deno.test("line connection: after its end it receives until silence, and then closes", async () => {
  const { server, connection, state, clock } = connectionWith();
  server.opened();
  connection.end();
  assertEquals(state, { isEnded: true, isDestroyed: false });
  clock.advance(1500);
  server.received("late\n");
  clock.advance(1500);
  assertEquals(state.isDestroyed, false);
  clock.advance(500);
  assertEquals(state.isDestroyed, true);
  assertEquals(await connection.closed, undefined);
});
