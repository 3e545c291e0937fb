import { assert, assertEquals } from "@std/assert";
import { Chat, storeWithAccounts } from "../chat.ts";
import { FakeTimers } from "../fake_timers.ts";
import { connectIrc, IrcClient, joinIrc } from "./irc_stage.ts";

const plain = (name: string, password: string) => btoa(`\0${name}\0${password}`);

/** Whether the client has been welcomed, by the lines that it has received. */
const isWelcome = (lines: readonly string[]) => lines.some((line) => / 001 /.test(line));

function chatWithAccounts(): Chat {
  return new Chat({ store: storeWithAccounts(["Owner", "secret"]) });
}

for (
  const [why, ...lines] of [
    ["NICK, then USER", "NICK bob", "USER b 0 * :B"],
    ["USER, then NICK", "USER b 0 * :B", "NICK bob"],
    ["in lower case", "nick bob", "user b 0 * :B"],
    ["with a password that is not needed", "PASS x", "NICK bob", "USER b 0 * :B"],
    ["after a negotiation", "CAP LS 302", "NICK bob", "USER b 0 * :B", "CAP END"],
    ["after a refused capability", "NICK bob", "CAP REQ :sasl", "USER b 0 * :B", "CAP END"],
  ] as const
) {
  Deno.test(`IRC registration: ${why}`, () => {
    const chat = new Chat();
    const irc = connectIrc(chat);
    for (const line of lines.slice(0, -1)) assert(!isWelcome(irc.say(line)), line);
    assertEquals(chat.hub.members.size, 0, "no sooner than with the last line");
    assert(isWelcome(irc.say(lines.at(-1)!)));
    assertEquals(chat.hub.members.find("bob")?.name, "bob");
    assertEquals([...chat.hub.members.find("bob")!.memberships.rooms()], [], "in no room yet");
  });
}

Deno.test("IRC registration: the greeting has the numbers that clients wait for", () => {
  const irc = connectIrc(new Chat());
  const numbers = irc.numbers("NICK bob", "USER b 0 * :B");
  for (const number of ["001", "002", "003", "004", "005", "251", "255", "375", "376"]) {
    assert(numbers.includes(number), number);
  }
});

Deno.test("IRC registration: half a negotiation never joins, and ends with the time limit", () => {
  const chat = new Chat();
  using timers = new FakeTimers();
  const irc = connectIrc(chat);
  assert(!isWelcome(irc.say("CAP LS", "NICK bob", "USER b 0 * :B")));
  timers.advance(60_000);
  chat.flush();
  assert(irc.lines()[0]?.startsWith("ERROR :No name was sent within 60 seconds."));
  assert(irc.client.session.isEnded);
});

Deno.test("IRC registration: other commands must wait", () => {
  const irc = connectIrc(new Chat());
  for (const line of ["JOIN #lobby", "PRIVMSG #lobby :hi", "WHO #lobby", "FOO"]) {
    assertEquals(irc.numbers(line), ["451"], line);
  }
  assertEquals(irc.answer("PING 7"), ":hubbub PONG hubbub :7");
  assertEquals(irc.numbers("USER bob"), ["461"]);
  assertEquals(irc.numbers("NICK"), ["431"]);
});

Deno.test("IRC registration: a second one is refused", () => {
  const irc = joinIrc(new Chat(), "bob");
  assertEquals(irc.numbers("USER b 0 * :B"), ["462"]);
  assertEquals(irc.numbers("PASS x"), ["462"]);
});

for (
  const [nick, number, why] of [
    ["Alice", "433", "a text user has it"],
    ["ALICE", "433", "in another case"],
    ["Alise", "433", "taken by a program"],
    ["#tea", "432", "a room"],
    ["a:b", "432", "with a colon"],
    ["a,b", "432", "with a comma"],
    ["hubbub", "432", "reserved"],
    ["x".repeat(33), "432", "too long"],
    ["Аlice", "433", "looks like one that is online"],
  ] as const
) {
  Deno.test(`IRC registration: the name ${nick.slice(0, 9)} is refused (${why}), and another one joins`, () => {
    const chat = new Chat();
    chat.join("Alice", "text");
    chat.join("Alise");
    const irc = connectIrc(chat);
    assertEquals(irc.numbers("USER b 0 * :B", `NICK ${nick}`), [number]);
    for (let attempt = 0; attempt < 5; attempt++) irc.say(`NICK ${nick}`);
    assert(isWelcome(irc.say("NICK Bob")), "refused names do not end the connection");
  });
}

Deno.test("IRC registration: a name that was taken during the negotiation is refused at its end", () => {
  const chat = new Chat();
  const irc = connectIrc(chat);
  irc.say("CAP LS", "NICK bob", "USER b 0 * :B");
  chat.join("Bob", "text");
  assertEquals(
    irc.say("CAP END").at(-1),
    ':hubbub 433 * bob :The name "bob" is taken. Choose another.',
  );
  assert(isWelcome(irc.say("NICK bob2")));
});

Deno.test("IRC registration: the password of the server", () => {
  const chat = new Chat({ serverPassword: "sesame" });
  const without = connectIrc(chat);
  const lines = without.say("NICK bob", "USER b 0 * :B");
  assertEquals(lines.map((line) => line.split(" ")[0] === "ERROR" || line.split(" ")[1]), [
    "464",
    true,
  ]);
  assert(without.client.session.isEnded);
  const wrong = connectIrc(chat);
  assertEquals(wrong.numbers("PASS open", "NICK bob", "USER b 0 * :B")[0], "464");
  assert(isWelcome(connectIrc(chat).say("PASS :sesame", "NICK bob", "USER b 0 * :B")));
});

Deno.test("IRC registration: without the server's password no client finds out users and accounts", () => {
  const store = storeWithAccounts(["Owner", "secret"]);
  const chat = new Chat({ serverPassword: "sesame", store });
  chat.connect("json").say({ type: "hello", name: "Alice", serverPassword: "sesame" });
  assertEquals(chat.hub.members.size, 1);
  for (const pass of [[], ["PASS wrong"]]) {
    const answers = ["Alice", "Owner", "Unknown"].map((name) => {
      const irc = connectIrc(chat);
      irc.say(...pass, "CAP REQ :sasl", `NICK ${name}`, "NICK x", "AUTHENTICATE PLAIN");
      return irc.say(`NICK ${name}`, "NICK x", `AUTHENTICATE ${plain(name, "wrong")}`);
    });
    assertEquals(answers, Array(3).fill(answers[0]));
    assertEquals(answers[0]!.map((line) => line.split(" ")[1]), ["904"]);
  }
  const known = new IrcClient(chat.connect("irc", { ip: "192.0.2.7" }));
  known.say("PASS sesame", "CAP REQ :sasl", "USER b 0 * :B", "AUTHENTICATE PLAIN");
  assert(known.answer(`AUTHENTICATE ${plain("Unknown", "x")}`).endsWith("no such account."));
  assertEquals(known.numbers("NICK Alice", "CAP END"), ["433"]);
  assert(isWelcome(known.say("NICK Bob")));
});

Deno.test("IRC registration: a protected name needs its password, by PASS or SASL", async () => {
  const chat = chatWithAccounts();
  const irc = connectIrc(chat);
  assertEquals(irc.numbers("NICK owner", "USER b 0 * :B"), ["433"]);
  irc.say("PASS wrong", "NICK owner");
  await chat.settle();
  assertEquals(irc.lines().map((line) => line.split(" ")[1]), ["464"]);
  irc.say("PASS secret", "NICK owner");
  await chat.settle();
  assert(isWelcome(irc.lines()));
  assertEquals(chat.hub.members.find("owner")?.isAuthenticated, true);
});

/** Negotiates SASL up to its answer. */
function startSasl(chat: Chat): IrcClient {
  const irc = connectIrc(chat);
  assert(irc.say("CAP LS 302")[0]!.includes(" sasl=PLAIN"));
  irc.say("NICK someone", "USER b 0 * :B", "CAP REQ :sasl");
  assertEquals(irc.answer("AUTHENTICATE PLAIN"), "AUTHENTICATE +");
  return irc;
}

Deno.test("IRC SASL: the account becomes the name, and its password is checked once", async () => {
  const chat = chatWithAccounts();
  const irc = startSasl(chat);
  irc.say(`AUTHENTICATE ${plain("owner", "secret")}`);
  await chat.settle();
  assertEquals(irc.lines(), [
    ":hubbub 900 someone Owner!user@hubbub Owner :You are logged in as Owner.",
    ":hubbub 903 someone :The login has succeeded.",
  ]);
  const lines = irc.say("CAP END");
  assert(lines[0]!.startsWith(":hubbub 001 Owner :"), lines[0]);
  assertEquals(chat.checked, ["secret"]);
  assert(irc.say("WHOIS Owner").includes(":hubbub 330 Owner Owner Owner :is logged in as"));
});

Deno.test("IRC SASL: a wrong password may be repeated twice", async () => {
  const chat = chatWithAccounts();
  const irc = startSasl(chat);
  for (let attempt = 1; attempt <= 3; attempt++) {
    if (attempt > 1) irc.say("AUTHENTICATE PLAIN");
    irc.say(`AUTHENTICATE ${plain("Owner", "wrong")}`);
    await chat.settle();
    assertEquals(irc.lines()[0]?.split(" ")[1], "904");
    assertEquals(irc.client.session.isEnded, attempt === 3);
  }
});

for (
  const [why, lines, numbers] of [
    ["aborted", ["AUTHENTICATE *"], ["906"]],
    ["no base64", ["AUTHENTICATE !"], ["904"]],
    ["half base64", ["AUTHENTICATE AGE"], ["904"]],
    ["empty", ["AUTHENTICATE +"], ["904"]],
    ["an unknown account", [`AUTHENTICATE ${plain("Unknown", "secret")}`], ["904"]],
    ["on behalf of another", [`AUTHENTICATE ${btoa("a\0Owner\0secret")}`], ["904"]],
    ["a chunk over its size", [`AUTHENTICATE ${"A".repeat(401)}`], ["905"]],
    ["too many chunks", Array(6).fill(`AUTHENTICATE ${"A".repeat(400)}`), ["905"]],
  ] as const
) {
  Deno.test(`IRC SASL: ${why}, and the client still joins without it`, async () => {
    const chat = chatWithAccounts();
    const irc = startSasl(chat);
    assertEquals(irc.numbers(...lines), [...numbers]);
    await chat.settle();
    assert(isWelcome(irc.say("CAP END")));
    assertEquals(chat.hub.members.find("someone")?.isAuthenticated, false);
  });
}

Deno.test("IRC SASL: other mechanisms, and SASL without its capability, are refused", () => {
  const irc = connectIrc(chatWithAccounts());
  assertEquals(irc.numbers("AUTHENTICATE PLAIN"), ["904"]);
  irc.say("CAP REQ :sasl");
  assertEquals(irc.numbers("AUTHENTICATE EXTERNAL"), ["908", "904"]);
});

Deno.test("IRC SASL: an unfinished answer is aborted by the end of the registration", () => {
  const irc = startSasl(chatWithAccounts());
  irc.say(`AUTHENTICATE ${"A".repeat(400)}`);
  const lines = irc.say("CAP END");
  assertEquals(lines.slice(0, 2).map((line) => line.split(" ")[1]), ["906", "001"]);
});

Deno.test("IRC SASL: an answer in two chunks, the second one empty", async () => {
  const chat = chatWithAccounts();
  const irc = startSasl(chat);
  const password = "x".repeat(300 - "\0Owner\0".length);
  const answer = plain("Owner", password);
  assertEquals(answer.length, 400);
  assertEquals(irc.say(`AUTHENTICATE ${answer}`), []);
  irc.say("AUTHENTICATE +");
  await chat.settle();
  assertEquals(chat.checked, [password]);
});

Deno.test("IRC SASL: a client that leaves during the check holds no name", async () => {
  const chat = chatWithAccounts();
  const irc = startSasl(chat);
  irc.say(`AUTHENTICATE ${plain("Owner", "secret")}`);
  irc.client.close();
  await chat.settle();
  assertEquals(chat.hub.members.size, 0);
});

Deno.test("IRC CAP: the list, with values for version 302 only, and what is negotiated", () => {
  const irc = connectIrc(chatWithAccounts());
  assert(irc.answer("CAP LS").includes(" sasl "));
  assert(!irc.answer("CAP LS").includes("="));
  assert(irc.answer("CAP LS 302").includes(" sasl=PLAIN "));
  assertEquals(irc.answer("CAP LIST"), ":hubbub CAP * LIST :cap-notify");
  assertEquals(irc.answer("CAP REQ :batch server-time"), ":hubbub CAP * ACK :batch server-time");
  assertEquals(irc.answer("CAP REQ :-batch"), ":hubbub CAP * ACK :-batch");
  assertEquals(irc.answer("CAP REQ :batch unknown"), ":hubbub CAP * NAK :batch unknown");
  assertEquals(irc.answer("CAP LIST"), ":hubbub CAP * LIST :cap-notify server-time");
  assertEquals(irc.numbers("CAP FOO"), ["410"]);
});

Deno.test("IRC CAP: a client of version 302 keeps cap-notify, any other one may disable it", () => {
  const irc = connectIrc(new Chat());
  assertEquals(irc.answer("CAP REQ :cap-notify"), ":hubbub CAP * ACK :cap-notify");
  assertEquals(irc.answer("CAP REQ :-cap-notify"), ":hubbub CAP * ACK :-cap-notify");
  irc.say("CAP LS 302");
  const request = "-cap-notify batch";
  assertEquals(irc.answer(`CAP REQ :${request}`), `:hubbub CAP * NAK :${request}`);
  assertEquals(irc.answer("CAP LIST"), ":hubbub CAP * LIST :cap-notify");
});

Deno.test("IRC CAP: without accounts no SASL is offered", () => {
  const irc = connectIrc(new Chat());
  assert(!irc.answer("CAP LS 302").includes("sasl"));
  assert(irc.answer("CAP REQ :sasl").includes(" NAK "));
});

Deno.test("IRC CAP: capabilities change what arrives in rooms, also later", () => {
  const chat = new Chat();
  const irc = joinIrc(chat, "bob");
  const ann = chat.join("Ann");
  ann.say({ type: "message", text: "plain" });
  irc.client.received();
  irc.say("CAP REQ :server-time");
  ann.say({ type: "message", text: "tagged" });
  const [line = ""] = irc.lines();
  assert(/^@time=\S+Z :Ann!user@hubbub PRIVMSG #lobby :tagged$/.test(line), line);
});
