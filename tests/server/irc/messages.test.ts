import { assert, assertEquals } from "@std/assert";
import { Chat } from "../chat.ts";
import { asOperator, IrcClient, joinIrc, scene } from "./irc_stage.ts";

Deno.test("IRC messages: messages arrive at all kinds of clients, and from them", () => {
  const { chat, bob, ann } = scene();
  const json = chat.join("Json");
  ann.received();
  bob.lines();
  bob.say("PRIVMSG #lobby :\x02hi\x02 \x0304all", "PRIVMSG #LOBBY :\x01ACTION waves\x01");
  assertEquals(
    ann.received().replaceAll(/\[[\d:]+\]/g, "[T]"),
    "[T] Bob: hi all\n[T] * Bob waves\n",
  );
  assertEquals(json.frames().map((frame) => "text" in frame && frame.text), ["hi all", "waves"]);
  ann.say("from nc");
  json.say({ type: "message", text: "from\nJSON" });
  assertEquals(bob.lines(), [
    ":Ann!user@hubbub PRIVMSG #lobby :from nc",
    ":Json!user@hubbub PRIVMSG #lobby :from",
    ":Json!user@hubbub PRIVMSG #lobby :JSON",
  ]);
  bob.say("PRIVMSG ann :psst", "NOTICE ann :note");
  assertEquals(
    ann.received().split("\n").filter((line) => line.includes(" from Bob]")).map((line) =>
      line.replace(/^\S+ /, "")
    ),
    ["[WHISPER from Bob]: psst", "[NOTICE from Bob]: note"],
  );
  ann.say("/whisper bob back", "/away lunch");
  assertEquals(bob.lines(), [":Ann!user@hubbub PRIVMSG Bob :back"]);
  assertEquals(bob.answer("PRIVMSG Ann :there?"), ":hubbub 301 Bob Ann :lunch");
  assertEquals(bob.say("NOTICE Ann :there?"), [], "no automatic answer to a notice");
});

Deno.test("IRC messages: a notice stays one for all kinds of clients, and in the history", () => {
  const { chat, bob, ann } = scene();
  const json = chat.join("Json");
  const carol = joinIrc(chat, "Carol");
  ann.received();
  carol.lines();
  bob.say("NOTICE #lobby :up", "NOTICE Json,Carol :to you");
  assertEquals(ann.received().replaceAll(/\[[\d:]+\]/g, "[T]"), "[T] Bob (notice): up\n");
  assertEquals(
    json.frames().filter((frame) => "from" in frame).map((frame) =>
      "notice" in frame && frame.notice
    ),
    [true, true],
  );
  assertEquals(carol.lines(), [
    ":Bob!user@hubbub NOTICE #lobby :up",
    ":Bob!user@hubbub NOTICE Carol :to you",
  ]);
  json.say({ type: "message", text: "from JSON", notice: true });
  json.say({ type: "message", text: "an action is none", notice: true, action: true });
  json.say({ type: "whisper", to: "bob", text: "psst", notice: true });
  assertEquals(bob.lines(), [
    ":Json!user@hubbub NOTICE #lobby :from JSON",
    ":Json!user@hubbub PRIVMSG #lobby :\x01ACTION an action is none\x01",
    ":Json!user@hubbub NOTICE Bob :psst",
  ]);
  const late = joinIrc(chat, "Late", { rooms: "", capabilities: "server-time" });
  const past = late.say("JOIN #lobby").slice(-3).map((line) => line.split(" ")[2]);
  assertEquals(past, ["NOTICE", "NOTICE", "PRIVMSG"]);
});

Deno.test("IRC messages: each recipient of a message or a notice costs a token", () => {
  const { chat } = scene();
  for (const command of ["PRIVMSG", "NOTICE"]) {
    const carol = new IrcClient(chat.connect("irc", { rate: { burst: 8, perSecond: 0.001 } }));
    carol.say(`NICK Carol${command}`, "USER u 0 * :U");
    const line = `${command} Ann,Bob,ann,bob :x`;
    carol.say(line, line, line);
    assertEquals(carol.client.task.state, "throttled", command);
  }
});

Deno.test("IRC messages: echo-message returns one's own messages in order, others get nothing", () => {
  const { chat, ann } = scene();
  const carol = joinIrc(chat, "Carol", { capabilities: "echo-message message-tags server-time" });
  const dave = joinIrc(chat, "Dave", { capabilities: "message-tags server-time" });
  carol.lines();
  ann.say("before");
  const [first = "", echo = "", whisper = ""] = carol.say(
    "PRIVMSG #lobby :mine",
    "PRIVMSG Ann :psst",
  );
  assert(first.endsWith(" :Ann!user@hubbub PRIVMSG #lobby :before"), first);
  assert(echo.endsWith(" :Carol!user@hubbub PRIVMSG #lobby :mine"), echo);
  assert(whisper.endsWith(" :Carol!user@hubbub PRIVMSG Ann :psst"), whisper);
  assertEquals(dave.lines().at(-1), echo, "with the same id and time");
  assertEquals(dave.say("PRIVMSG #lobby :mine"), []);
});

Deno.test("IRC messages: a client that reads too slowly receives the number of skipped messages", () => {
  const chat = new Chat();
  const limits = { softBytes: 5000, softMilliseconds: 1000, hardBytes: 10_000 };
  const bob = new IrcClient(chat.connect("irc", { limits }));
  bob.say("NICK Bob", "USER b 0 * :B", "JOIN #lobby,#tea");
  bob.lines();
  const ann = chat.join("Ann");
  bob.lines();
  bob.client.isStalled = true;
  for (let count = 0; count < 50; count++) {
    ann.say({ type: "message", text: "x".repeat(400) });
    chat.clock.advance(100);
  }
  bob.client.isStalled = false;
  chat.flush();
  chat.flush();
  const lines = bob.lines();
  const arrived = lines.filter((line) => line.includes(" PRIVMSG #lobby ")).length;
  assert(arrived > 0 && arrived < 50, String(arrived));
  assertEquals(
    lines.at(-1),
    `:hubbub NOTICE Bob :${
      50 - arrived
    } messages of #lobby skipped, since your client read too slowly.`,
  );
});

Deno.test("IRC messages: a muted user, an ignored one, and one who left", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob");
  const op = joinIrc(chat, "Op");
  asOperator(chat, "Op");
  const ann = chat.join("Ann", "text");
  op.say("MODE #lobby +q Bob");
  bob.lines();
  assertEquals(bob.numbers("PRIVMSG #lobby :hi", "PRIVMSG Ann :hi"), ["404", "404"]);
  op.say("MODE #lobby -q Bob");
  ann.say("/ignore Bob");
  bob.lines();
  assertEquals(bob.numbers("PRIVMSG Ann :hi"), ["531"]);
  ann.say("/quit");
  bob.lines();
  assertEquals(bob.numbers("PRIVMSG Ann :hi"), ["401"]);
});
