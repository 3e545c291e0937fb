import { assertEquals } from "@std/assert";
import { LineLink } from "../../../client/lines/line_connection.ts";
import type { OpenTransport, TransportListener } from "../../../client/core/transport.ts";
import { toByteString } from "../../../protocol/mod.ts";
import { FakeClock, settle } from "../fakes.ts";

/** A link, what it tells, and the other end of it. */
function linkWith({ keepsQuestions = false } = {}) {
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
  const link = new LineLink({ clock, openTransport }, {
    lines: (text) => void lines.push(text),
    partial: (text) => void partials.push(text),
    keepsQuestions,
    sending: (line, question) => void sent.push([line, question]),
  });
  return { clock, lines, partials, sent, written, state, server, link };
}

Deno.test("line link: lines are told whole and clean, and what is not complete as that", () => {
  const { server, lines, partials } = linkWith();
  server.received("one\ntw");
  server.received(toByteString("o\r\n\x1b[2Jü").slice(0, -1)); // the last character is cut in two
  server.received(toByteString("ü").slice(1));
  assertEquals(lines, ["one\n", "two\n"]);
  assertEquals(partials, ["tw", "[2J", "[2Jü"]);
  server.closed();
  assertEquals(lines.at(-1), "[2Jü\n");
});

Deno.test("line link: the name is given when it is asked for, and the first line waits", async () => {
  const { server, link, written, clock } = linkWith();
  let isIn = false;
  const entering = link.enter("Alice").then(() => isIn = true);
  server.opened();
  await settle();
  assertEquals(written, []);
  server.received("Welcome\nEnter your name: ");
  await settle();
  assertEquals([written, isIn], [["Alice\n"], false]);
  clock.advance(500);
  await entering;
});

Deno.test("line link: who asks for nothing is given no name", async () => {
  const { server, link, written, clock } = linkWith();
  const entering = link.enter("Alice");
  server.opened();
  await settle();
  clock.advance(500);
  await entering;
  assertEquals(written, []);
});

Deno.test("line link: who is silent may be given a name unasked, but not who greets", async () => {
  for (const [greeting, expected] of [["", ["Alice\n"]], ["Welcome!\n", []]] as const) {
    const { server, link, written, clock } = linkWith();
    const entering = link.enter("Alice", true);
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

Deno.test("line link: text without a line end becomes a line after a pause, and its rest another", () => {
  const { server, lines, partials, clock } = linkWith();
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

Deno.test("line link: a question stays open until it is answered, if the listener keeps questions", () => {
  for (
    const question of ["Enter your name: ", "[12:00] Your name? ", "> ", "calc> ", "NICK", "Sure?"]
  ) {
    const { server, link, lines, partials, sent, clock } = linkWith({ keepsQuestions: true });
    server.received(question);
    clock.advance(5000);
    assertEquals([lines, partials], [[], [question]]);
    link.say("Ann");
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
    const { server, link, lines, clock } = linkWith({ keepsQuestions: true });
    link.say("hello");
    server.received(message);
    clock.advance(500);
    assertEquals(lines, [`${message}\n`]);
  }
});

Deno.test("line link: a sent line ends an incomplete line, unless that is a question to keep", () => {
  for (const keepsQuestions of [true, false]) {
    const { server, link, lines, sent } = linkWith({ keepsQuestions });
    server.received("Ann joined");
    link.say("hello");
    assertEquals([lines, sent], [["Ann joined\n"], [["hello", ""]]]);
  }
  const { server, link, lines, sent } = linkWith();
  server.received("Enter your name: ");
  link.say("Ann");
  assertEquals([lines, sent], [["Enter your name: \n"], [["Ann", ""]]]);
});

Deno.test("line link: a server that turns out to be none of lines is told, and closed", async () => {
  for (
    const [answer, sentence] of [
      ["HTTP/1.1 400 Bad Request\r\n\r\n", "it is a web server"],
      ["\x15\x03\x01\x00\x02\x02\x46", "it wants TLS"],
    ] as const
  ) {
    const { server, link, lines, state } = linkWith();
    server.opened();
    link.say("hello");
    link.end();
    server.received(answer);
    const error = await link.closed;
    assertEquals(
      error?.message,
      `Cannot join 127.0.0.1:8080: that is no hubbub server: ${sentence}.`,
    );
    assertEquals([lines, state.isDestroyed], [[], true]);
  }
  // What comes later is what somebody says.
  const { server, lines } = linkWith();
  server.received("hi\n");
  server.received("HTTP/1.1 is a protocol\n");
  assertEquals(lines, ["hi\n", "HTTP/1.1 is a protocol\n"]);
});

Deno.test("line link: after its end it listens on while something comes, and then closes", async () => {
  const { server, link, state, clock } = linkWith();
  server.opened();
  link.end();
  assertEquals(state, { isEnded: true, isDestroyed: false });
  clock.advance(1500);
  server.received("late\n");
  clock.advance(1500);
  assertEquals(state.isDestroyed, false);
  clock.advance(500);
  assertEquals(state.isDestroyed, true);
  assertEquals(await link.closed, undefined);
});
