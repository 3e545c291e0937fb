import { assert, assertEquals } from "@std/assert";
import { exitCodeOf, type PlainChatOptions, runPlainChat } from "../../../client/mod.ts";
import {
  FakeClock,
  FakeServer,
  message,
  settle,
  streamsTo,
  welcomeElsewhere,
  withoutTimes,
} from "../fakes.ts";

function chatWith(server = new FakeServer().beFriendly(), options: Partial<PlainChatOptions> = {}) {
  const { input, output, errors, clock, ...connection } = streamsTo(server);
  const outcome = runPlainChat({
    ...{ name: "Alice", input, output, errors, clock, ...connection },
    ...options,
  });
  return { server, input, output, errors, clock, outcome };
}

const WELCOME = "[SYSTEM]: Welcome, Alice! Type /help for available commands.\n";
/** Upper bound of the first delay before a client connects again, in milliseconds. A new connection
 * opens in a later task, so a longer advance would let its time limits pass before it is open. */
const FIRST_DELAY = 500;

const GOODBYE = "[SYSTEM]: Goodbye!\n";

Deno.test("lines are sent, also the last one without an end, then it quits", async () => {
  const { server, input, output, errors, outcome } = chatWith();
  input.end("one\r\n\n/me waves\n//two\nlást");
  assertEquals(await outcome, { type: "quit", by: "end of input", refused: 0 });
  assertEquals(exitCodeOf(await outcome), 0);
  const messages = server.received.filter(({ type }) => type === "message");
  assertEquals(
    messages.map((frame) => frame.type === "message" && [frame.text, frame.action]),
    [["one", undefined], ["waves", true], ["/two", undefined], ["lást", undefined]],
  );
  assertEquals(server.received.at(-1), { type: "quit" });
  assertEquals(withoutTimes(output.text), WELCOME + GOODBYE);
  assertEquals(errors.text, "");
});

Deno.test("each new date has its own line, in the history and between lines", async () => {
  const clock = new FakeClock();
  const midnight = new Date(2026, 10, 22).getTime();
  clock.advance(midnight - 1000 - clock.now());
  const { server, input, output, outcome } = chatWith(undefined, { clock });
  await settle();
  clock.advance(2000);
  const messages = [{ ...message(1, "old"), time: midnight - 5000 }];
  server.send(
    { type: "history", room: "lobby", messages, more: false },
    { ...message(2, "new"), time: clock.now() },
  );
  await settle();
  input.end();
  await outcome;
  assertEquals(withoutTimes(output.text).split("\n"), [
    WELCOME.trimEnd(),
    "--- Sunday, 22 November 2026 ---",
    "[SYSTEM]: The last message in the room lobby:",
    "--- Saturday, 21 November 2026 ---",
    "Bob: old",
    "--- Sunday, 22 November 2026 ---",
    "Bob: new",
    ...GOODBYE.split("\n"),
  ]);
});

Deno.test("messages of others are printed in the format of text clients", async () => {
  const { server, input, output, outcome } = chatWith();
  await settle();
  server.send(
    message(1, "hello\nthere"),
    { type: "joined", room: "lobby", name: "Bob", time: 1 },
    { type: "whisper", from: "Bob", to: "Alice", text: "psst", time: message(1, "").time },
    { type: "notice", text: "tea \x1b[31mtime" },
  );
  await settle();
  input.write("/w Bob hi\n/r you\n");
  await settle();
  input.end();
  await outcome;
  assertEquals(
    withoutTimes(output.text),
    WELCOME + "Bob: hello\nBob: there\n*** Bob has joined the chat! ***\n" +
      "[WHISPER from Bob]: psst\n[SYSTEM]: tea [31mtime\n[WHISPER to Bob]: hi\n" +
      "[WHISPER to Bob]: you\n" + GOODBYE,
  );
});

Deno.test("it does not quit before the last line is acknowledged", async () => {
  const { server, input, outcome } = chatWith(new FakeServer().beFriendly({ acknowledges: false }));
  input.end("one\n");
  await settle();
  assertEquals(server.received.at(-1)?.type, "message");
  server.send({ type: "ack", id: server.unanswered[0]!, room: "lobby", seq: 1 });
  await settle();
  assertEquals(server.received.at(-1)?.type, "quit");
  assertEquals((await outcome).type, "quit");
});

Deno.test("at most 64 lines are unanswered, and none is lost", async () => {
  const { server, input, outcome } = chatWith(new FakeServer().beFriendly({ acknowledges: false }));
  input.end(Array.from({ length: 1000 }, (_, line) => `${line}\n`).join(""));
  await settle();
  let highest = 0;
  for (let seq = 1; server.unanswered.length > 0; seq++) {
    highest = Math.max(highest, server.unanswered.length);
    server.send({ type: "ack", id: server.unanswered.shift()!, seq });
    await settle();
  }
  assertEquals(highest, 64);
  assertEquals((await outcome).type, "quit");
  const texts = server.received.filter((f) => f.type === "message").map((f) =>
    "text" in f && f.text
  );
  assertEquals(texts, Array.from({ length: 1000 }, (_, line) => `${line}`));
});

Deno.test("refusals are printed on the error output, and the exit code is 1", async () => {
  const { server, input, output, errors, outcome } = chatWith();
  const friendly = server.onFrame;
  server.onFrame = (frame) => {
    if (frame.type !== "message" || frame.text !== "bad") return friendly(frame);
    server.send({ type: "error", code: "text_empty", text: "No.", ref: frame.id! });
  };
  input.end(Buffer.concat([
    Buffer.from("bad\n/nope\n"),
    Buffer.from([0xff, 10]),
    Buffer.from("x".repeat(5000) + "\ngood\n"),
  ]));
  assertEquals(await outcome, { type: "quit", by: "end of input", refused: 4 });
  assertEquals(exitCodeOf(await outcome), 1);
  assertEquals(withoutTimes(output.text), WELCOME + GOODBYE);
  const codes = withoutTimes(errors.text);
  for (
    const part of [
      "No.",
      "Line 2: There is no command /nope",
      "Not sent: line 3, since it is not valid UTF-8",
      "Not sent: line 4, since it is over 4096 bytes",
    ]
  ) {
    assert(codes.includes(part), part);
  }
  assertEquals(server.received.filter((frame) => frame.type === "message").length, 2);
});

Deno.test("quit in the input ends the chat", async () => {
  const { server, input, outcome } = chatWith();
  input.write("one\n/quit\nnever sent\n");
  assertEquals(await outcome, { type: "quit", by: "command", refused: 0 });
  assertEquals(server.received.map(({ type }) => type), ["hello", "message", "quit"]);
});

Deno.test("a server that shuts down ends the chat with exit code 1, although the input continues", async () => {
  const { server, output, outcome } = chatWith(undefined, { reconnect: false });
  await settle();
  server.send({ type: "bye", reason: "shutdown", text: "The server is shutting down." });
  server.drop();
  assertEquals(await outcome, { type: "server closed", text: "The server is shutting down." });
  assertEquals(exitCodeOf(await outcome), 1);
  assert(output.text.includes("The server is shutting down."));
});

Deno.test("it reconnects, and sends the waiting lines", async () => {
  const { server, input, output, errors, clock, outcome } = chatWith();
  await settle();
  server.onConnect = () =>
    server.drop(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
  server.drop();
  input.write("one\n/topic none\n");
  await settle();
  clock.advance(1);
  await settle();
  assertEquals(
    withoutTimes(errors.text).replace(/\d+ s\. \*\*\*/g, "N s. ***"),
    "*** Lost the connection to 127.0.0.1:8080: the server closed it without a reason. " +
      "Trying again in N s. ***\n" +
      "[ERROR]: There is no connection at the moment. Try again when it is back.\n",
  );
  clock.advance(1000);
  await settle();
  server.onConnect = () => server.listener.opened();
  clock.advance(2000);
  await settle();
  input.end("two\n");
  assertEquals(await outcome, { type: "quit", by: "end of input", refused: 1 });
  const messages = server.received.flatMap((frame) => frame.type === "message" ? [frame.text] : []);
  assertEquals(messages, ["one", "two"]);
  assert(errors.text.includes("*** Connected again, in a new session"), errors.text);
  assert(!output.text.includes("***"));
});

Deno.test("lines after a change of room wait with it for the connection", async () => {
  const { server, input, output, errors, clock, outcome } = chatWith();
  await settle();
  server.drop();
  input.end("for the lobby\n/join private\nconfidential\n");
  await settle();
  clock.advance(FIRST_DELAY);
  assertEquals(await outcome, { type: "quit", by: "end of input", refused: 0 });
  const messages = server.received.slice(2).map((frame) =>
    frame.type === "message" ? frame.text : frame.type === "join" ? frame.room : frame.type
  );
  assertEquals(messages, ["for the lobby", "private", "confidential", "quit"]);
  assert(output.text.includes("You are now in private."), output.text);
  assert(!errors.text.includes("ERROR"), errors.text);
});

Deno.test("after a reconnect into another room that is reported before the missed messages", async () => {
  const { server, input, output, clock, outcome } = chatWith();
  await settle();
  const friendly = server.onFrame;
  server.onFrame = (frame) => {
    if (frame.type !== "hello") return friendly(frame);
    server.send(welcomeElsewhere("Alice", "tea"), { ...message(9, "nine"), room: "tea" });
  };
  server.drop();
  await settle();
  clock.advance(FIRST_DELAY);
  await settle();
  input.end();
  await outcome;
  assertEquals(
    withoutTimes(output.text),
    WELCOME +
      "[SYSTEM]: You have left lobby. You are in tea.\n[SYSTEM]: You are now in tea.\nBob: nine\n" +
      GOODBYE,
  );
});

Deno.test("lines of other rooms have a mark, and lines go to the room of the last /join or /room", async () => {
  const { server, input, output, errors, outcome } = chatWith();
  await settle();
  input.write("/join tea\nfor tea\n/room #LOBBY\nfor the lobby\n/room\n/room den\n/rooms\n");
  await settle();
  server.send(
    {
      type: "rooms",
      total: 3,
      rooms: ["lobby", "tea", "den"].map((name) => ({ name, members: 1 })),
    },
    { ...message(1, "one\ntwo"), room: "tea" },
    message(1, "three"),
    { type: "topic", room: "tea", text: "Cake", by: "Bob" },
  );
  await settle();
  input.end("/leave tea\n");
  await outcome;
  const messages = server.received.flatMap((frame) =>
    frame.type === "message" ? [[frame.room, frame.text]] : []
  );
  assertEquals(messages, [["tea", "for tea"], ["lobby", "for the lobby"]]);
  assertEquals(withoutTimes(output.text).split("\n"), [
    WELCOME.trimEnd(),
    "[SYSTEM]: You are now in lobby.",
    "[SYSTEM]: You have entered tea.",
    "[SYSTEM]: Rooms (3):",
    "[SYSTEM]:   lobby (1; you are here)",
    "[SYSTEM]:   tea (1; joined)",
    "[SYSTEM]:   den (1)",
    "#tea Bob: one",
    "#tea Bob: two",
    "Bob: three",
    "#tea [SYSTEM]: The topic of tea by Bob: Cake",
    "[SYSTEM]: You have left tea. You are in lobby.",
    ...GOODBYE.split("\n"),
  ]);
  assertEquals(withoutTimes(errors.text).split("\n"), [
    "[ERROR]: Line 5: Missing argument. Usage: /room NAME",
    "[ERROR]: You are not in den. Enter it first, with /join den.",
    "",
  ]);
});

Deno.test("a message that arrives late has its date", async () => {
  const clock = new FakeClock();
  const midnight = new Date(2026, 10, 22).getTime();
  clock.advance(midnight - 1000 - clock.now());
  const { server, input, output, outcome } = chatWith(undefined, { clock });
  await settle();
  clock.advance(2000);
  server.send(
    { ...message(1, "now"), time: clock.now() },
    { ...message(2, "late"), time: midnight - 400_000 },
    { type: "whisper", from: "Bob", to: "Alice", text: "late, too", time: midnight - 390_000 },
    { ...message(3, "clocks differ"), time: clock.now() - 1000 },
  );
  await settle();
  input.end();
  await outcome;
  assertEquals(withoutTimes(output.text).split("\n"), [
    WELCOME.trimEnd(),
    "--- Sunday, 22 November 2026 ---",
    "Bob: now",
    "--- Saturday, 21 November 2026 ---",
    "Bob: late",
    "[WHISPER from Bob]: late, too",
    "--- Sunday, 22 November 2026 ---",
    "Bob: clocks differ",
    ...GOODBYE.split("\n"),
  ]);
});

Deno.test("after five minutes without a connection it ends with exit code 1", async () => {
  const { server, errors, clock, outcome } = chatWith();
  await settle();
  server.onConnect = () =>
    server.drop(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
  server.drop();
  for (let seconds = 0; seconds < 330; seconds += 10) {
    await settle();
    clock.advance(10_000);
  }
  assertEquals(exitCodeOf(await outcome), 1);
  assert(errors.text.endsWith("connection refused. Is the server running?\n"), errors.text);
});

Deno.test("a lost connection is one line on the error output", async () => {
  const { server, errors, outcome } = chatWith(undefined, { reconnect: false });
  await settle();
  server.drop();
  assertEquals(exitCodeOf(await outcome), 1);
  assertEquals(
    errors.text,
    "Lost the connection to 127.0.0.1:8080: the server closed it without a reason.\n",
  );
});

Deno.test("a refused name or connection is one line, and the exit code distinguishes them", async () => {
  const taken = chatWith(new FakeServer().beFriendly({ taken: ["Alice"] }));
  assertEquals(exitCodeOf(await taken.outcome), 1);
  assertEquals(taken.errors.text, "Alice is taken.\n");

  const refusing = new FakeServer();
  refusing.onConnect = () =>
    refusing.drop(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
  const refused = chatWith(refusing);
  assertEquals(exitCodeOf(await refused.outcome), 3);
  assertEquals(
    refused.errors.text,
    "Cannot connect to 127.0.0.1:8080: connection refused. Is the server running?\n",
  );
});

Deno.test("the stop signal leaves, also while connecting", async () => {
  const stop = new AbortController();
  const { server, outcome } = chatWith(undefined, { stop: stop.signal });
  await settle();
  stop.abort();
  assertEquals(await outcome, { type: "quit", by: "stopped", refused: 0 });
  assertEquals(server.received.at(-1), { type: "quit" });

  const early = new AbortController();
  const never = new FakeServer();
  never.onConnect = () => {};
  const connecting = chatWith(never, { stop: early.signal });
  early.abort();
  assertEquals(await connecting.outcome, { type: "quit", by: "stopped", refused: 0 });
  assertEquals(connecting.errors.text, "");
});

Deno.test("a closed output ends the chat", async () => {
  const { output, outcome } = chatWith();
  await settle();
  output.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  assertEquals(await outcome, { type: "quit", by: "output closed", refused: 0 });
});

Deno.test("unacknowledged lines at the end are exit code 1", async () => {
  const server = new FakeServer().beFriendly({ acknowledges: false });
  const { input, output, outcome } = chatWith(server);
  input.write("one\ntwo\n");
  await settle();
  output.destroy();
  assertEquals(await outcome, { type: "quit", by: "output closed", refused: 2 });
  assertEquals(exitCodeOf(await outcome), 1);
});

Deno.test("once stopped, it waits neither for its output nor for a silent server", async () => {
  const stop = new AbortController();
  const { server, output, clock, outcome } = chatWith(undefined, { stop: stop.signal });
  await settle();
  output.pause();
  for (let seq = 1; seq <= 100; seq++) server.send(message(seq, "x".repeat(4000)));
  await settle();
  clock.advance(1);
  assert(output.writableNeedDrain);
  server.onFrame = () => {};
  stop.abort();
  for (let second = 0; second < 3; second++) {
    clock.advance(1000);
    await settle();
  }
  assertEquals(exitCodeOf(await outcome), 130);
});

Deno.test("a read error of the input is reported after the answers to the lines before it", async () => {
  const { server, input, errors, outcome } = chatWith();
  input.write("one\ntw");
  await settle();
  input.destroy(Object.assign(new Error("EISDIR"), { code: "EISDIR" }));
  assertEquals(await outcome, { type: "unreadable" });
  assertEquals(exitCodeOf(await outcome), 1);
  const sent = server.received.flatMap((frame) => frame.type === "message" ? [frame.text] : []);
  assertEquals(sent, ["one"]);
  assertEquals(server.received.at(-1), { type: "quit" });
  assertEquals(errors.text, "Cannot read the input: it is a folder.\n");
});
