import { assert, assertEquals } from "@std/assert";
import { Chat, storeWithAccounts } from "../chat.ts";
import { IrcClient, joinIrc } from "./irc_stage.ts";

const CAPABILITIES = "server-time message-tags batch draft/chathistory";

/** A room with messages 1 to 20, one per second from second 1 on. */
function scene(): { chat: Chat; bob: IrcClient; start: number } {
  const chat = new Chat();
  const ann = chat.join("Ann");
  const start = chat.clock.now();
  for (let number = 1; number <= 20; number++) {
    chat.clock.advance(1000);
    ann.say({ type: "message", text: String(number) });
  }
  return { chat, bob: joinIrc(chat, "Bob", { capabilities: CAPABILITIES }), start };
}

/** The numbers of the messages of a batch. */
function numbersOf(lines: readonly string[]): number[] {
  assert(/^:hubbub BATCH \+(\d+) chathistory #lobby$/.test(lines[0]!), lines.join("\n"));
  assert(/^:hubbub BATCH -\d+$/.test(lines.at(-1)!));
  return lines.slice(1, -1).map((line) => Number(line.split(":").at(-1)));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

Deno.test("IRC history: each subcommand selects by time and by id", () => {
  const { bob, start } = scene();
  const at = (second: number) => `timestamp=${new Date(start + 1000 * second).toISOString()}`;
  const id = (number: number) => `msgid=${(start + 1000 * number).toString(36)}-${number}-lobby`;
  for (
    const [command, expected] of [
      ["LATEST #lobby * 5", range(16, 20)],
      ["LATEST #lobby * 1000", range(1, 20)],
      [`LATEST #lobby ${id(18)} 5`, [19, 20]],
      [`LATEST #lobby ${at(5)} 5`, range(16, 20)],
      [`LATEST #LOBBY ${at(20)} 5`, []],
      [`BEFORE #lobby ${id(4)} 10`, [1, 2, 3]],
      [`BEFORE #lobby ${at(4)} 2`, [2, 3]],
      [`BEFORE #lobby ${at(4.5)} 2`, [3, 4]],
      [`BEFORE #lobby ${at(1)} 2`, []],
      [`AFTER #lobby ${id(4)} 3`, [5, 6, 7]],
      [`AFTER #lobby ${at(4)} 3`, [5, 6, 7]],
      [`AFTER #lobby ${at(-1)} 3`, [1, 2, 3]],
      [`AFTER #lobby ${id(20)} 3`, []],
      [`AROUND #lobby ${id(10)} 4`, [8, 9, 10, 11]],
      [`AROUND #lobby ${id(10)} 1`, [10]],
      [`AROUND #lobby ${at(1)} 4`, [1, 2]],
      [`BETWEEN #lobby ${id(3)} ${id(8)} 10`, [4, 5, 6, 7]],
      [`BETWEEN #lobby ${id(3)} ${id(8)} 2`, [4, 5]],
      [`BETWEEN #lobby ${id(8)} ${id(3)} 2`, [6, 7]],
      [`BETWEEN #lobby ${at(8)} ${at(3)} 10`, [4, 5, 6, 7]],
    ] as const
  ) assertEquals(numbersOf(bob.say(`CHATHISTORY ${command}`)), [...expected], command);
});

Deno.test("IRC history: the ids are those of the messages", () => {
  const { bob } = scene();
  const [, line = ""] = bob.say("CHATHISTORY LATEST #lobby * 1");
  const [, id] = /msgid=([^; ]+)/.exec(line)!;
  assertEquals(numbersOf(bob.say(`CHATHISTORY BEFORE #lobby msgid=${id} 1`)), [19]);
});

Deno.test("IRC history: a client that requests it gets none on joining", () => {
  const { chat } = scene();
  const carol = joinIrc(chat, "Carol", { rooms: "", capabilities: CAPABILITIES });
  assertEquals(carol.numbers("JOIN #lobby"), [":Carol!user@hubbub", "353", "366"]);
});

Deno.test("IRC history: the rooms with messages between two times", () => {
  const { bob, start } = scene();
  bob.say("JOIN #empty");
  const at = (second: number) => `timestamp=${new Date(start + 1000 * second).toISOString()}`;
  const last = new Date(start + 20_000).toISOString();
  assertEquals(bob.say(`CHATHISTORY TARGETS ${at(0)} ${at(30)} 10`).slice(1, -1), [
    `@batch=1 :hubbub CHATHISTORY TARGETS #lobby ${last}`,
  ]);
  assertEquals(bob.say(`CHATHISTORY TARGETS ${at(30)} ${at(0)} 10`).length, 3);
  assertEquals(bob.say(`CHATHISTORY TARGETS ${at(0)} ${at(20)} 10`).length, 2);
});

Deno.test("IRC history: requests that cannot be handled", () => {
  const { bob } = scene();
  for (
    const [command, start] of [
      ["LATEST #none * 5", "FAIL CHATHISTORY INVALID_TARGET LATEST #none :"],
      ["LATEST Ann * 5", "FAIL CHATHISTORY INVALID_TARGET LATEST Ann :"],
      ["LATEST #lobby * x", "FAIL CHATHISTORY INVALID_PARAMS LATEST #lobby :"],
      ["LATEST #lobby * 0", "FAIL CHATHISTORY INVALID_PARAMS LATEST #lobby :"],
      ["LATEST #lobby *", "FAIL CHATHISTORY NEED_MORE_PARAMS LATEST :"],
      ["TARGETS", "FAIL CHATHISTORY NEED_MORE_PARAMS TARGETS :"],
      ["BEFORE #lobby msgid=x 5", "FAIL CHATHISTORY INVALID_PARAMS BEFORE #lobby :"],
      ["BEFORE #lobby timestamp=x 5", "FAIL CHATHISTORY INVALID_PARAMS BEFORE #lobby :"],
      ["BEFORE #lobby 5 5", "FAIL CHATHISTORY INVALID_PARAMS BEFORE #lobby :"],
      ["FOO #lobby * 5", "FAIL CHATHISTORY INVALID_PARAMS FOO :"],
      ["TARGETS x y 5", "FAIL CHATHISTORY INVALID_PARAMS TARGETS :"],
      ["LATEST #lobby", "FAIL CHATHISTORY NEED_MORE_PARAMS LATEST :"],
    ] as const
  ) assert(bob.answer(`CHATHISTORY ${command}`).startsWith(start), command);
});

Deno.test("IRC history: a past message has no account, since another user may have sent it", async () => {
  const chat = new Chat({ store: storeWithAccounts() });
  const bob = joinIrc(chat, "Bob", { capabilities: "batch account-tag" });
  const mallory = chat.join("Alice");
  mallory.say({ type: "message", text: "before" });
  mallory.say({ type: "quit" });
  const alice = chat.join("Alice");
  alice.say({ type: "register", password: "secret 123" });
  await chat.settle();
  alice.say({ type: "message", text: "after" });
  assert(bob.lines().includes("@account=Alice :Alice!user@hubbub PRIVMSG #lobby :after"));
  const past = bob.say("PRIVMSG hubbub :history").filter((line) => line.includes("PRIVMSG"));
  assertEquals(past.length, 2);
  for (const line of past) assert(/^@batch=\d+ :Alice!/.test(line), line);
});

Deno.test("IRC history: the list of many rooms takes more tokens than one", () => {
  const chat = new Chat();
  const rooms = Array.from({ length: 20 }, (_, number) => `#room${number}`);
  joinIrc(chat, "Ann", { rooms: rooms.join(",") });
  const rate = { burst: 40, perSecond: 0.001 };
  const bob = new IrcClient(chat.connect("irc", { rate }));
  bob.say("CAP REQ :batch", "NICK Bob", "USER u 0 * :U", "CAP END", `JOIN ${rooms.join(",")}`);
  const request = "CHATHISTORY TARGETS timestamp=2020-01-01 timestamp=2100-01-01 50";
  const lines = bob.say(...Array(15).fill(request));
  const answers = lines.filter((line) => /BATCH \+\d+ draft/.test(line)).length;
  assert(answers >= 2 && answers <= 6, String(answers));
});
