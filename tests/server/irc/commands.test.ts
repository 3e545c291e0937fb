import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MAX_MEMBERS_ANNOUNCED_BY_NAME } from "../../../protocol/mod.ts";
import { Chat, storeWithAccounts } from "../chat.ts";
import { initOf } from "../stage.ts";
import { asOperator, joinIrc, scene } from "./irc_stage.ts";

/** Rows of one line, and the numbers or commands of its answers. */
const ROWS: readonly (readonly [line: string, answers: readonly string[]])[] = [
  ["FOO", ["421"]],
  ["foo bar", ["421"]],
  ["toString x", ["421"]],
  ["PRIVMSG", ["411"]],
  ["PRIVMSG #lobby", ["412"]],
  ["PRIVMSG #lobby :", ["412"]],
  ["PRIVMSG #lobby :   ", ["412"]],
  ["PRIVMSG , :x", ["411"]],
  ["PRIVMSG Carol :x", ["401"]],
  ["PRIVMSG #none :x", ["403"]],
  ["PRIVMSG #tea :x", ["404"]],
  ["PRIVMSG Ann,Ann,Ann,Ann,Ann,Ann :x", ["407"]],
  ["PRIVMSG Ann :\x01VERSION\x01", ["NOTICE"]],
  ["NOTICE Carol :x", []],
  ["NOTICE", []],
  ["NOTICE Ann :\x01VERSION 1\x01", []],
  ["NOTICE #lobby :\x01ACTION waves\x01", []],
  ["TAGMSG #lobby", []],
  ["JOIN", ["461"]],
  ["JOIN lobby", ["403"]],
  ["JOIN #lobby", []],
  ["JOIN #", ["476"]],
  ["JOIN #a:b", ["476"]],
  ["JOIN :#a b", ["476"]],
  ["PART #none", ["442"]],
  ["PART lobby", ["403"]],
  ["TOPIC #lobby", ["331"]],
  ["TOPIC #tea", ["442"]],
  ["NAMES #lobby", ["353", "366"]],
  ["NAMES #none", ["366"]],
  ["NAMES", ["366"]],
  ["NAMES #a,#b,#c,#d,#e", ["366", "366", "366", "366"]],
  ["CHATHISTORY", ["461"]],
  ["LIST", ["321", "322", "322", "323"]],
  ["LIST #tea", ["321", "322", "323"]],
  ["LIST #none", ["321", "323"]],
  ["WHO #lobby", ["352", "352", "315"]],
  ["WHO #tea", ["315"]],
  ["WHO Ann", ["352", "315"]],
  ["WHO", ["315"]],
  ["WHOIS Ann", ["311", "319", "312", "318"]],
  ["WHOIS hubbub Ann", ["311", "319", "312", "318"]],
  ["WHOIS Carol", ["401", "318"]],
  ["WHOIS", ["461"]],
  ["WHOWAS Ann", ["406", "369"]],
  ["MODE #lobby", ["324"]],
  ["MODE #none", ["403"]],
  ["MODE #lobby b", ["368"]],
  ["MODE #lobby +b", ["368"]],
  ["MODE #lobby +b Ann!*@*", ["482"]],
  ["MODE #lobby +q", ["729"]],
  ["MODE #lobby +o Ann", ["482"]],
  ["MODE #lobby +m", ["482"]],
  ["MODE Bob", ["221"]],
  ["MODE Bob +i", ["501"]],
  ["MODE Ann +i", ["502"]],
  ["MODE Carol", ["401"]],
  ["KICK #lobby Ann", ["482"]],
  ["INVITE Ann #tea", ["518"]],
  ["AWAY :lunch", ["306"]],
  ["AWAY", ["305"]],
  ["ISON Ann Carol Bob", ["303"]],
  ["USERHOST Ann Carol", ["302"]],
  ["OPER Ann secret", ["464"]],
  ["PING x", ["PONG"]],
  ["PING", ["461"]],
  ["PONG x", []],
  ["LUSERS", ["251", "252", "254", "255", "265", "266"]],
  ["MOTD", ["375", "372", "372", "372", "376"]],
  ["VERSION", ["351", "005", "005"]],
  ["TIME", ["391"]],
  ["INFO", ["371", "374"]],
  ["ADMIN", ["423"]],
  ["LINKS", ["364", "365"]],
  ["STATS u", ["219"]],
  ["USERS", ["446"]],
  ["SUMMON Ann", ["445"]],
  ["NICK", ["431"]],
  ["NICK Ann", ["433"]],
  ["NICK #x", ["432"]],
  ["NICK Robert", ["NICK"]],
  ["QUIT :bye", ["ERROR"]],
];

Deno.test("IRC commands: each has its replies, and errors have their numbers", () => {
  for (const [line, answers] of ROWS) {
    const { chat, bob } = scene();
    chat.join("Tea", "json", "tea");
    bob.lines();
    const lines = bob.say(line);
    const shown = lines.map((each) => each.replace(/^:\S+ /, "").split(" ")[0]!);
    assertEquals(shown, [...answers], `${line}\n${lines.join("\n")}`);
  }
});

Deno.test("IRC commands: the exact replies that clients parse", () => {
  const { bob } = scene();
  assertEquals(bob.say("NAMES #lobby"), [
    ":hubbub 353 Bob = #lobby :Bob Ann",
    ":hubbub 366 Bob #lobby :End of /NAMES list",
  ]);
  assertEquals(bob.answer("MODE #lobby"), ":hubbub 324 Bob #lobby +n");
  assertEquals(bob.say("WHO Ann")[0], ":hubbub 352 Bob * user hubbub hubbub Ann H :0 Ann");
  assertEquals(bob.say("WHO #lobby %tcnuhsfdlaor,42"), [
    ":hubbub 354 Bob 42 #lobby user hubbub hubbub Bob H 0 0 0 n/a :Bob",
    ":hubbub 354 Bob 42 #lobby user hubbub hubbub Ann H 0 0 0 n/a :Ann",
    ":hubbub 315 Bob #lobby :End of /WHO list",
  ]);
  assertEquals(bob.answer("ISON ann carol"), ":hubbub 303 Bob :Ann");
  assertEquals(bob.answer("USERHOST ann"), ":hubbub 302 Bob :Ann=+user@hubbub");
  assertEquals(bob.say("LIST #lobby")[1], ":hubbub 322 Bob #lobby 2 :");
});

Deno.test("IRC commands: entering rooms sends the topic, the names and the last messages, room by room", () => {
  const { chat, bob, ann } = scene();
  ann.say("/topic Hi all", "one", "/me waves");
  const carol = joinIrc(chat, "Carol", { rooms: "", capabilities: "server-time batch" });
  bob.lines();
  const lines = carol.say("JOIN #lobby,#tea").map((line) => line.replace(/time=[^ ;]+/, "time=T"));
  const seconds = chat.clock.now() / 1000;
  assertEquals(lines, [
    "@time=T :Carol!user@hubbub JOIN #lobby",
    ":hubbub 332 Carol #lobby :Hi all",
    `:hubbub 333 Carol #lobby Ann ${seconds}`,
    ":hubbub 353 Carol = #lobby :Bob Ann Carol",
    ":hubbub 366 Carol #lobby :End of /NAMES list",
    ":hubbub BATCH +1 chathistory #lobby",
    "@batch=1;time=T :Ann!user@hubbub PRIVMSG #lobby :one",
    "@batch=1;time=T :Ann!user@hubbub PRIVMSG #lobby :\x01ACTION waves\x01",
    ":hubbub BATCH -1",
    "@time=T :Carol!user@hubbub JOIN #tea",
    ":hubbub 353 Carol = #tea :Carol",
    ":hubbub 366 Carol #tea :End of /NAMES list",
  ]);
  assertEquals(bob.lines(), [":Carol!user@hubbub JOIN #lobby"]);
});

Deno.test("IRC commands: a client that knows no times of lines gets them in the text of past messages", () => {
  const { chat, ann } = scene();
  ann.say("one");
  const carol = joinIrc(chat, "Carol", { rooms: "" });
  const time = new Date(chat.clock.now()).toISOString().replace(".000Z", "Z");
  assertEquals(carol.say("JOIN #lobby").at(-1), `:Ann!user@hubbub PRIVMSG #lobby :[${time}] one`);
});

Deno.test("IRC commands: a name changed and a client gone are one line, whatever rooms are shared", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { rooms: "#a,#b,#c" });
  const carol = joinIrc(chat, "Carol", { rooms: "#a,#b,#c" });
  const dave = joinIrc(chat, "Dave", { rooms: "#c" });
  bob.lines();
  assertEquals(carol.say("NICK Caro"), [":Carol!user@hubbub NICK :Caro"]);
  assertEquals(bob.lines(), [":Carol!user@hubbub NICK :Caro"]);
  assertEquals(dave.lines(), [":Carol!user@hubbub NICK :Caro"]);
  assertEquals(carol.say("QUIT :gone"), ["ERROR :Goodbye, Caro!"]);
  assertEquals(bob.lines(), [":Caro!user@hubbub QUIT :gone"]);
  assertEquals(dave.lines(), [":Caro!user@hubbub QUIT :gone"]);
});

Deno.test("IRC commands: a client gone is reported, also if a room is too large for names", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { rooms: "#large,#small" });
  const carol = joinIrc(chat, "Carol", { rooms: "#large,#small" });
  const large = chat.hub.rooms.find("large")!;
  for (let count = 0; count <= MAX_MEMBERS_ANNOUNCED_BY_NAME; count++) {
    chat.hub.reserve(initOf(`u${count}`), [{ room: large, since: 0 }], false);
  }
  bob.lines();
  carol.say("QUIT :gone");
  assertEquals(bob.lines(), [":Carol!user@hubbub QUIT :gone"]);
});

Deno.test("IRC commands: leaving a room, and JOIN 0 for all", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { rooms: "#a,#b,#c" });
  const carol = joinIrc(chat, "Carol", { rooms: "#a" });
  bob.lines();
  assertEquals(bob.say("PART #a,#none :why"), [
    ":Bob!user@hubbub PART #a",
    ":hubbub 442 Bob #none :You are not in none. Enter it first, with /join none.",
  ]);
  assertEquals(carol.lines(), [":Bob!user@hubbub PART #a"]);
  assertEquals(bob.say("JOIN 0"), [":Bob!user@hubbub PART #b", ":Bob!user@hubbub PART #c"]);
});

Deno.test("IRC commands: 60 rooms in one line, up to the limits of the server", () => {
  const chat = new Chat({ rooms: Array.from({ length: 60 }, (_, index) => `r${index}`) });
  const bob = joinIrc(chat, "Bob", { rooms: "" });
  const list = Array.from({ length: 60 }, (_, index) => `#r${index}`).join(",");
  const numbers = bob.numbers(`JOIN ${list}`);
  assertEquals(numbers.filter((number) => number === "JOIN").length, 50);
  assertEquals(numbers.filter((number) => number === "405").length, 10);
  const other = joinIrc(chat, "Other", { rooms: "" });
  const fresh = other.numbers(`JOIN ${list.replaceAll("r", "x")}`);
  assertEquals(fresh.filter((number) => number === "JOIN").length, 30, "new rooms per address");
  assertEquals(fresh.filter((number) => number === "437").length, 30);
});

Deno.test("IRC commands: operators kick, ban and mute", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { rooms: "#lobby,#tea" });
  const ann = chat.join("Ann", "text");
  asOperator(chat, "Bob");
  bob.lines();
  assertEquals(bob.say("NAMES #lobby")[0], ":hubbub 353 Bob = #lobby :@Bob Ann");
  assertEquals(bob.numbers("KICK #tea Ann"), ["441"]);
  assertEquals(bob.numbers("KICK #none Ann"), ["403"]);
  assertEquals(bob.answer("MODE #lobby +q Ann!*@*"), ":Bob!user@hubbub MODE #lobby +q :Ann!*@*");
  ann.received();
  ann.say("can you read this?");
  assert(ann.received().includes("[ERROR]: An operator has muted you"));
  assertEquals(bob.lines(), []);
  assertEquals(bob.answer("MODE #lobby -q Ann"), ":Bob!user@hubbub MODE #lobby -q :Ann");
  assertEquals(
    bob.answer("MODE #lobby +b *!*@198.51.100.7"),
    ":Bob!user@hubbub MODE #lobby +b :*!*@198.51.100.7",
  );
  assertEquals(bob.say("MODE #lobby +b"), [
    ":hubbub 367 Bob #lobby *!*@198.51.100.7",
    ":hubbub 368 Bob #lobby :End of the list of bans",
  ]);
  assertEquals(bob.numbers("MODE #lobby -b *!*@198.51.100.7"), ["MODE"]);
  assertEquals(bob.numbers("MODE #lobby +m"), ["472"]);
  assertEquals(bob.numbers("MODE #lobby +"), ["472"]);
  assertEquals(bob.numbers("MODE #lobby +t"), ["472"], "the topic is free");
  assertStringIncludes(bob.answer("MODE #lobby -n"), "Every room has the mode n");
  assertEquals(
    bob.answer("KICK #lobby Ann :too loud"),
    ":Bob!user@hubbub KICK #lobby Ann :too loud",
  );
  assert(ann.session.isEnded);
});

Deno.test("IRC commands: OPER logs in to the account of an operator", async () => {
  const chat = new Chat({
    store: storeWithAccounts(["Op", "secret"], ["Ann", "secret"]),
    operators: ["Op"],
  });
  const bob = joinIrc(chat, "Bob");
  bob.say("OPER Op wrong");
  await chat.settle();
  assertEquals(bob.lines().map((line) => line.split(" ")[1]), ["464"]);
  bob.say("OPER Op secret");
  await chat.settle();
  assertEquals(bob.lines(), [
    ":Bob!user@hubbub NICK :Op",
    ":hubbub MODE #lobby +o Op",
    ":hubbub 900 Op Op!user@hubbub Op :You are logged in as Op.",
    ":hubbub MODE Op :+o",
    ":hubbub 381 Op :You are an operator now.",
  ]);
  assertEquals(bob.answer("MODE Op"), ":hubbub 221 Op +o");
  bob.say("OPER Ann secret");
  await chat.settle();
  assertEquals(bob.lines().at(-1), ":hubbub 491 Ann :Ann is logged in, and is no operator.");
});

Deno.test("IRC commands: AUTHENTICATE logs in later, too", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Ann", "secret"]) });
  const bob = joinIrc(chat, "Bob", { capabilities: "sasl" });
  for (
    const [password, numbers] of [["wrong", ["904"]], ["secret", ["NICK", "900", "903"]]] as const
  ) {
    bob.say("AUTHENTICATE PLAIN", `AUTHENTICATE ${btoa(`\0Ann\0${password}`)}`);
    await chat.settle();
    assertEquals(bob.lines().map((line) => line.split(" ")[1]), [...numbers]);
  }
});

Deno.test("IRC commands: topics are set and removed", () => {
  const { bob, ann } = scene();
  ann.received();
  assertEquals(bob.answer("TOPIC #lobby :Tea\x03 time"), ":Bob!user@hubbub TOPIC #lobby :Tea time");
  assert(ann.received().includes("The topic of lobby by Bob: Tea time"));
  assertEquals(bob.say("TOPIC #lobby")[0], ":hubbub 332 Bob #lobby :Tea time");
  assertEquals(bob.answer("TOPIC #lobby :"), ":Bob!user@hubbub TOPIC #lobby :");
});

Deno.test("IRC commands: the other commands of hubbub are typed to the server", () => {
  const { bob } = scene();
  assertEquals(
    bob.answer("PRIVMSG hubbub :/ignore Ann"),
    ":hubbub NOTICE Bob :You ignore Ann now. /unignore Ann takes it back.",
  );
  assert(bob.say("PRIVMSG hubbub :help").length > 20);
  assert(
    bob.answer("PRIVMSG hubbub :register long enough").startsWith(
      ":hubbub NOTICE Bob :This server stores no accounts.",
    ),
  );
  assert(bob.answer("PRIVMSG hubbub :foo").includes("There is no command /foo."));
});

Deno.test("IRC commands: a deleted room is left, and its only members enter the lobby with its names", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { rooms: "#tea" });
  const op = chat.join("Op", "json", "lobby");
  asOperator(chat, "Op");
  op.say({ type: "delete_room", room: "tea" });
  chat.runTurns();
  assertEquals(bob.lines(), [
    ":hubbub NOTICE Bob :An operator has deleted tea: you are in the lobby.",
    ":Bob!user@hubbub PART #tea",
    ":Bob!user@hubbub JOIN #lobby",
    ":hubbub 353 Bob = #lobby :@Op Bob",
    ":hubbub 366 Bob #lobby :End of /NAMES list",
  ]);
});

Deno.test("IRC commands: names with an exclamation mark have another one in IRC, in both directions", () => {
  const chat = new Chat();
  const wow = chat.join("Wow!", "text");
  const bob = joinIrc(chat, "Bob");
  wow.received();
  assertEquals(bob.say("NAMES #lobby")[0], ":hubbub 353 Bob = #lobby :Wowǃ Bob");
  bob.say("PRIVMSG Wowǃ :psst");
  assert(wow.received().includes("[WHISPER from Bob]: psst"));
});

Deno.test("IRC commands: USERHOST leaves out names that would be read as those of others", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob");
  for (const name of ["Eve*", "Bob=-user", "a*b"]) chat.join(name);
  assertEquals(
    bob.answer("USERHOST Eve* Bob=-user a*b Bob"),
    ":hubbub 302 Bob :a*b=+user@hubbub Bob=+user@hubbub",
  );
});

Deno.test("IRC commands: lines that cannot be handled", () => {
  const { bob } = scene();
  assertEquals(bob.numbers(`PRIVMSG #lobby :${"x".repeat(600)}`), ["417"]);
  assertEquals(bob.numbers(`@${"x".repeat(9000)} PRIVMSG #lobby :x`), ["417"]);
  assertEquals(bob.numbers(`@${"x".repeat(5000)} PRIVMSG #lobby :x`), ["417"]);
  bob.client.send("PRIVMSG #lobby :\xff\r\n");
  assert(bob.lines()[0]!.startsWith("FAIL * INVALID_UTF8 :"));
  bob.client.send("PRIVMSG #lobby :a\0b\n");
  assertEquals(bob.lines(), []);
  assert(!bob.client.session.isEnded);
});
