import { assert, assertEquals } from "@std/assert";
import { Chat, storeWithAccounts } from "../chat.ts";
import { connectIrc, type IrcClient, joinIrc } from "./irc_stage.ts";

/** A client that receives all that is known about accounts, in two rooms. */
function joinWatcher(chat: Chat): IrcClient {
  const capabilities = "account-notify account-tag extended-join";
  return joinIrc(chat, "Watcher", { rooms: "#lobby,#tea", capabilities });
}

function chatWithOperator(): Chat {
  return new Chat({
    store: storeWithAccounts(["Ann", "secret"], ["Op", "secret"]),
    operators: ["Op"],
  });
}

Deno.test("IRC accounts: a login and a logout are one line, whatever rooms are shared", async () => {
  const chat = chatWithOperator();
  const watcher = joinWatcher(chat);
  const plain = joinIrc(chat, "Plain");
  const bob = joinIrc(chat, "Bob", { rooms: "#lobby,#tea", capabilities: "account-notify" });
  for (const irc of [watcher, plain, bob]) irc.lines();
  bob.say("NICK Ann secret");
  await chat.settle();
  assertEquals(bob.lines(), [
    ":Bob!user@hubbub NICK :Ann",
    ":Ann!user@hubbub ACCOUNT Ann",
    ":hubbub 900 Ann Ann!user@hubbub Ann :You are logged in as Ann.",
  ]);
  const login = [
    "@account=Ann :Bob!user@hubbub NICK :Ann",
    "@account=Ann :Ann!user@hubbub ACCOUNT Ann",
  ];
  assertEquals(watcher.lines(), login);
  assertEquals(plain.lines(), [":Bob!user@hubbub NICK :Ann"]);
  bob.say("NICK ANN");
  assertEquals(
    watcher.lines(),
    login.map((line) => line.replaceAll("Ann", "ANN").replace(":Bob", ":Ann")),
    "the account has the spelling of the name",
  );
  bob.say("NICK Carol");
  assertEquals(watcher.lines(), [
    ":ANN!user@hubbub NICK :Carol",
    ":Carol!user@hubbub ACCOUNT *",
  ]);
});

Deno.test("IRC accounts: an operator is marked in each room, and not under another name", async () => {
  const chat = chatWithOperator();
  const watcher = joinWatcher(chat);
  const json = chat.join("Json");
  const bob = joinIrc(chat, "Bob", { rooms: "#lobby,#tea" });
  for (const irc of [watcher, bob]) irc.lines();
  json.frames();
  bob.say("OPER Op secret");
  await chat.settle();
  assertEquals(watcher.lines(), [
    "@account=Op :Bob!user@hubbub NICK :Op",
    "@account=Op :Op!user@hubbub ACCOUNT Op",
    ":hubbub MODE #lobby +o Op",
    ":hubbub MODE #tea +o Op",
  ]);
  const time = chat.clock.now();
  assertEquals(json.frames().slice(1), [
    { type: "account", name: "Op", time, room: "lobby", loggedIn: true },
    { type: "account", name: "Op", time, room: "lobby", operator: true },
  ]);
  bob.say("NICK Bob");
  assertEquals(watcher.lines(), [
    ":Op!user@hubbub NICK :Bob",
    ":Bob!user@hubbub ACCOUNT *",
    ":hubbub MODE #lobby -o Bob",
    ":hubbub MODE #tea -o Bob",
  ]);
  assertEquals(json.frames().slice(1), [
    { type: "account", name: "Bob", time, room: "lobby", loggedIn: false },
    { type: "account", name: "Bob", time, room: "lobby", operator: false },
  ]);
});

Deno.test("IRC accounts: a client knows its account and its mode, whatever has changed them", async () => {
  const chat = chatWithOperator();
  const bob = joinIrc(chat, "Bob", { rooms: "" });
  const numbers = async (line: string) => {
    const lines = bob.say(line);
    await chat.settle();
    return [...lines, ...bob.lines()].map((each) => each.split(" ")[1]);
  };
  assertEquals(await numbers("PRIVMSG hubbub :register long enough"), ["900", "NOTICE"]);
  assertEquals(await numbers("PRIVMSG hubbub :unregister"), ["901", "NOTICE"]);
  assertEquals(
    ["nick Op", "reply hi", "unban x", "foo"].map((typed) =>
      bob.answer(`PRIVMSG hubbub :${typed}`)
    ),
    [
      'The name "Op" is protected. To use it, type /quote NICK Op PASSWORD.',
      "No user has whispered to you yet. Use /msg NAME TEXT.",
      "Only operators may do that.",
      "There is no command /foo. /msg hubbub help lists all commands.",
    ].map((text) => `:hubbub NOTICE Bob :${text}`),
  );
  assertEquals(bob.say("NICK Op"), [
    ':hubbub 433 Bob Op :The name "Op" is protected. To use it, type /quote NICK Op PASSWORD.',
  ]);
  assertEquals(await numbers("NICK Op secret"), ["NICK", "900", "MODE"]);
  assertEquals(await numbers("NICK OP"), ["NICK", "900"]);
  assertEquals(await numbers("NICK Bob"), ["NICK", "901", "MODE"]);
});

Deno.test("IRC accounts: a client that joins with a password gets its account and its mode once", async () => {
  const chat = chatWithOperator();
  for (
    const lines of [
      ["PASS secret", "NICK Op", "USER u 0 * :U"],
      ["CAP REQ :sasl", "AUTHENTICATE PLAIN", `AUTHENTICATE ${btoa("\0Op\0secret")}`]
        .concat("NICK Op", "USER u 0 * :U", "CAP END"),
    ]
  ) {
    const irc = connectIrc(chat);
    irc.say(...lines);
    await chat.settle();
    const received = irc.lines();
    assertEquals(received.filter((line) => line.includes(" 900 ")).length, 1);
    assertEquals(received.at(-1), ":hubbub MODE Op :+o");
    irc.say("QUIT");
  }
});

Deno.test("IRC accounts: a registration and its end are announced", async () => {
  const chat = new Chat({ store: storeWithAccounts() });
  const watcher = joinWatcher(chat);
  const bob = chat.join("Bob", "text");
  watcher.lines();
  bob.say("/register long enough");
  await chat.settle();
  assertEquals(watcher.lines(), ["@account=Bob :Bob!user@hubbub ACCOUNT Bob"]);
  bob.say("/register changed enough");
  await chat.settle();
  assertEquals(watcher.lines(), [], "only the password has changed");
  bob.say("/unregister");
  assertEquals(watcher.lines(), [":Bob!user@hubbub ACCOUNT *"]);
});

Deno.test("IRC accounts: a login without a change is not announced, nor is that of a listener", async () => {
  const chat = chatWithOperator();
  const watcher = joinWatcher(chat);
  const bob = joinIrc(chat, "Bob");
  const listener = chat.connect("json");
  listener.say({ type: "hello", name: "Listener", listen: true });
  watcher.lines();
  for (let count = 0; count < 2; count++) {
    bob.say("OPER Ann secret");
    await chat.settle();
  }
  assertEquals(watcher.lines().filter((line) => line.includes(" ACCOUNT ")).length, 1);
  listener.frames();
  listener.say({ type: "nick", name: "Op", password: "secret" });
  await chat.settle();
  assertEquals(listener.frames().filter(({ type }) => type === "account").length, 2);
  assertEquals(watcher.lines(), []);
});

Deno.test("IRC accounts: the account is in the line of a client that goes, and not in the history", async () => {
  const chat = chatWithOperator();
  const watcher = joinWatcher(chat);
  const bob = joinIrc(chat, "Bob");
  watcher.lines();
  bob.say("OPER Ann secret");
  await chat.settle();
  bob.say("PRIVMSG #lobby :by Ann");
  assertEquals(watcher.lines().at(-1), "@account=Ann :Ann!user@hubbub PRIVMSG #lobby :by Ann");
  const [past] = watcher.say("PART #lobby", "JOIN #lobby").slice(-1);
  assert(/^:Ann!user@hubbub PRIVMSG #lobby :\[.*\] by Ann$/.test(past!), past);
  bob.say("QUIT :gone");
  assertEquals(watcher.lines(), ["@account=Ann :Ann!user@hubbub QUIT :gone"]);
});
