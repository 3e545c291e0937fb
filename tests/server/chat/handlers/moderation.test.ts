import { assert, assertEquals } from "@std/assert";
import type { ClientFrame, ServerFrame } from "../../../../protocol/mod.ts";
import { ScriptAccess } from "../../../../server/chat/script_access.ts";
import type { Member } from "../../../../server/chat/member.ts";
import { answers, Chat, refusal, storeWithAccounts, type TestClient } from "../../chat.ts";

/** A chat with an operator, Alice and Bob. */
async function withOperator() {
  const chat = new Chat({ store: storeWithAccounts(["Op", "secret"]), operators: ["Op"] });
  const op = await chat.joinWithPassword("Op", "secret");
  return { chat, op, alice: chat.join("Alice"), bob: chat.join("Bob") };
}

/** The texts of the notices that a frame is answered with. */
function notices(person: TestClient, frame: ClientFrame): string[] {
  return answers(person, frame).flatMap((each) => each.type === "notice" ? [each.text] : []);
}

const ROWS: readonly ClientFrame[] = [
  { type: "kick", name: "Bob", id: "7" },
  { type: "ban", target: "Bob", id: "7" },
  { type: "unban", target: "Bob", id: "7" },
  { type: "mute", name: "Bob", id: "7" },
  { type: "unmute", name: "Bob", id: "7" },
  { type: "delete_room", room: "lobby", id: "7" },
];

for (const frame of ROWS) {
  Deno.test(`handlers: ${frame.type} is for operators`, async () => {
    const { alice, bob } = await withOperator();
    bob.frames();
    assertEquals(refusal(alice, frame), ["not_operator", "7"]);
    assertEquals(bob.frames(), []);
    assertEquals(bob.session.isEnded, false);
  });
}

Deno.test("handlers: an operator with another name is no operator", async () => {
  const { op } = await withOperator();
  op.say({ type: "nick", name: "OP" });
  assertEquals(notices(op, { type: "kick", name: "Bob" }).length, 1, "the same name in other case");
  op.say({ type: "nick", name: "Ann" });
  assertEquals(refusal(op, { type: "kick", name: "Alice" })[0], "not_operator");
  assertEquals(refusal(op, { type: "nick", name: "Op" })[0], "name_protected");
});

Deno.test("handlers: kick removes a member, with the operator and the reason", async () => {
  const { chat, op, alice, bob } = await withOperator();
  alice.frames();
  assertEquals(notices(op, { type: "kick", name: " BOB ", reason: "loud" }), [
    "Bob was kicked.",
  ]);
  assertEquals(bob.frames().at(-1), {
    type: "bye",
    reason: "kicked",
    text: "You were kicked by Op: loud.",
  });
  assert(bob.transport.isEnded);
  const left = { type: "left", room: "lobby", name: "Bob", time: chat.clock.now() };
  assertEquals(alice.frames(), [{ ...left, by: "Op", reason: "loud" }] as ServerFrame[]);
  assertEquals(refusal(op, { type: "kick", name: "Bob", id: "7" }), ["no_such_user", "7"]);
  assertEquals(chat.join("Bob").session.member?.name, "Bob", "the user may join again");
});

Deno.test("handlers: a reason is one short line", async () => {
  const { op, bob } = await withOperator();
  op.say({ type: "kick", name: "Bob", reason: "x\n\x1b" + "y".repeat(1000) });
  const bye = bob.frames().at(-1);
  assert(bye?.type === "bye");
  assertEquals(bye.text, `You were kicked by Op: x ${"y".repeat(197)}….`);
});

Deno.test("handlers: kick removes a member whose connection is broken", async () => {
  for (const frame of [{ type: "kick", name: "Bob" }, { type: "ban", target: "Bob" }] as const) {
    const { chat, op, bob } = await withOperator();
    bob.endInput();
    assertEquals(notices(op, frame).length, 1);
    assertEquals(chat.hub.members.find("Bob")?.name, undefined, "the member has left");
    assertEquals(chat.store.sessions.all().map(({ name }) => name), ["Op", "Alice"]);
  }
});

Deno.test("handlers: ban refuses a name, and kicks its holder", async () => {
  const { chat, op, bob } = await withOperator();
  assertEquals(notices(op, { type: "ban", target: " bob " }), [" bob  is banned."]);
  assertEquals(bob.session.isEnded, true);
  const back = chat.connect();
  assertEquals(back.say({ type: "hello", name: "BOB" }), "ended");
  assertEquals(refusal(chat.join("Carol"), { type: "nick", name: "Bob", id: "7" }), [
    "banned",
    "7",
  ]);
  assertEquals(notices(op, { type: "unban", target: "Bob " }), ["Bob  is no longer banned."]);
  assertEquals(refusal(op, { type: "unban", target: "Bob", id: "7" }), ["no_such_ban", "7"]);
  chat.join("Bob");
});

Deno.test("handlers: ban of an address kicks all of its members, except oneself", async () => {
  const { chat, op, alice, bob } = await withOperator();
  const carol = chat.connect("text", { ip: "198.51.100.7" });
  carol.say("Carol");
  const ban = { type: "ban", target: "192.0.2.1", duration: "1h" } as const;
  assertEquals(refusal(op, ban)[0], "not_oneself");
  assertEquals([alice, bob].map(({ session }) => session.isEnded), [false, false]);
  assertEquals(notices(op, { ...ban, force: true }), [
    "192.0.2.1 is banned.",
    "Your own address 192.0.2.1 is banned by that, too: once you leave, you cannot connect again. " +
    "/unban 192.0.2.1 takes it back.",
  ]);
  assertEquals([alice, bob, carol, op].map(({ session }) => session.isEnded), [
    true,
    true,
    false,
    false,
  ]);
  assertEquals(chat.connect().say({ type: "hello", name: "New" }), "ended");
  chat.clock.advance(3_600_000);
  assertEquals(chat.connect().say({ type: "hello", name: "New" }), "idle");
});

Deno.test("handlers: the target of a ban may be an address with a port, as in logs", async () => {
  const { chat, op } = await withOperator();
  const carol = chat.connect("text", { ip: "198.51.100.7" });
  carol.say("Carol");
  const target = "198.51.100.7:40000";
  assertEquals(notices(op, { type: "ban", target }), ["198.51.100.7 is banned."]);
  assertEquals(carol.session.isEnded, true);
  assertEquals(
    refusal(op, { type: "unban", target: "198.51.100.8:40000", id: "1" })[0],
    "no_such_ban",
  );
  assertEquals(notices(op, { type: "unban", target }).length, 1);
  assertEquals(notices(op, { type: "ban", target: "[2001:db8::7]:80" }), [
    "2001:db8::7 with its network 2001:db8::/64 is banned.",
  ]);
});

Deno.test("handlers: an operator cannot ban or mute themselves, or ban an invalid target", async () => {
  const { op } = await withOperator();
  assertEquals(refusal(op, { type: "ban", target: "op", id: "1" }), ["not_oneself", "1"]);
  assertEquals(refusal(op, { type: "mute", name: "OP", id: "2" }), ["not_oneself", "2"]);
  assertEquals(refusal(op, { type: "kick", name: "OP", id: "3" }), ["not_oneself", "3"]);
  for (const target of ["192.0.2.0/33", "192.0.2.*", "300.1.1.1"]) {
    assertEquals(refusal(op, { type: "ban", target })[0], "invalid_frame", target);
  }
  for (const target of ["192.0.2.1, Alice", "@all"]) {
    assertEquals(refusal(op, { type: "ban", target })[0], "name_invalid", target);
  }
  assertEquals(notices(op, { type: "ban", target: "4711" }).length, 1, "it is a name");
});

Deno.test("handlers: ban of an address applies to every notation", async () => {
  const rows = [
    ["127.0.0.1", "::ffff:127.0.0.1"],
    ["127.0.0.1", "::FFFF:7f00:1"],
    ["192.0.2.200", "0:0:0:0:0:ffff:192.0.2.200"],
    ["2001:db8::1", "2001:DB8:0::1"],
  ] as const;
  for (const [ip, written] of rows) {
    const { chat, op } = await withOperator();
    const carol = chat.connect("text", { ip });
    carol.say("Carol");
    op.say({ type: "ban", target: written });
    assertEquals(carol.session.isEnded, true, written);
    assertEquals(chat.connect("text", { ip }).say("Carol"), "ended", written);
    assertEquals(notices(op, { type: "unban", target: ip }).length, 1, written);
  }
});

Deno.test("handlers: ban of a range kicks all of its members with the reason, and reports the range", async () => {
  const { chat, op, bob } = await withOperator();
  const inside = chat.connect("json", { ip: "2001:db8:1::5" });
  inside.say({ type: "hello", name: "Inside" });
  const outside = chat.connect("json", { ip: "2001:db8:2::5" });
  outside.say({ type: "hello", name: "Outside" });
  const frame = { type: "ban", target: "2001:db8:1::/48", duration: "1h", reason: "spam" } as const;
  assertEquals(notices(op, frame), ["2001:db8:1::/48 is banned."]);
  assertEquals(inside.frames().at(-1), {
    type: "bye",
    reason: "kicked",
    text: "You were banned by Op: spam.",
  });
  assertEquals([bob, outside].map(({ session }) => session.isEnded), [false, false]);
  assertEquals(notices(op, { type: "ban", target: "2001:DB8:2::77" }), [
    "2001:db8:2::77 with its network 2001:db8:2::/64 is banned.",
  ]);
  assertEquals(outside.session.isEnded, true);
  assertEquals(answers(op, { type: "bans" }), [{
    type: "bans",
    total: 2,
    bans: [
      {
        kind: "address",
        target: "2001:db8:1::/48",
        by: "Op",
        until: chat.clock.now() + 3_600_000,
        reason: "spam",
      },
      { kind: "address", target: "2001:db8:2::/64", by: "Op" },
    ],
  }]);
  assertEquals(notices(op, { type: "unban", target: "2001:db8:2::99" }).length, 1);
  const back = chat.connect("json", { ip: "2001:db8:2::5" });
  assertEquals(back.say({ type: "hello", name: "Outside" }), "idle");
});

Deno.test("handlers: lists the bans that fit into a frame", async () => {
  const { op } = await withOperator();
  for (let number = 0; number < 300; number++) {
    op.say({ type: "ban", target: `10.0.${number >> 8}.${number & 255}` });
  }
  const [list] = answers(op, { type: "bans" });
  assert(list?.type === "bans");
  assertEquals([list.total, list.bans.length], [300, 200]);
});

Deno.test("handlers: a mute applies under another name and after a restart, with its end", async () => {
  const { chat, op, bob } = await withOperator();
  op.say({ type: "mute", name: "Bob", duration: "10m" });
  bob.say({ type: "quit" });
  const again = chat.join("Robert");
  assertEquals(refusal(again, { type: "message", text: "x", id: "7" }), ["muted", "7"]);
  assertEquals(refusal(again, { type: "nick", name: "Bobby", id: "7" }), ["muted", "7"]);
  assertEquals(refusal(again, { type: "register", password: "x", id: "7" }), ["muted", "7"]);
  const restarted = new Chat({ store: chat.store, clock: chat.clock });
  const third = restarted.join("Rob");
  assertEquals(refusal(third, { type: "message", text: "x", id: "7" }), ["muted", "7"]);
  chat.clock.advance(600_000);
  assertEquals(answers(third, { type: "message", text: "x", id: "7" })[0]?.type, "ack");
});

Deno.test("handlers: a mute of a name that is not online holds for scripts, webhooks and later users", async () => {
  const { chat, op } = await withOperator();
  const scripts = new ScriptAccess(chat.server, null);
  for (const name of ["cron", "script", "ci", "Carl"]) {
    const [notice] = notices(op, { type: "mute", name });
    assertEquals(notice, `${name} is muted: only the name, as its user is not online.`);
  }
  assertEquals(refusal(op, { type: "mute", name: "a b", id: "7" }), ["name_invalid", "7"]);
  const given = { password: undefined, serverPassword: undefined, address: "192.0.2.9" };
  const senders = [
    ...await Promise.all(["cron", "script"].map((name) => scripts.authorize({ ...given, name }))),
    scripts.authorizeHook("CI", given.address),
  ];
  const post = (member: Member) =>
    scripts.post(member, { room: "lobby", text: "x", action: false });
  for (const { value } of senders) assertEquals(post(value!).error?.code, "muted");
  const carl = chat.join("carl");
  assertEquals(refusal(carl, { type: "message", text: "x", id: "7" }), ["muted", "7"]);
  const dora = chat.join("Dora");
  assertEquals(answers(dora, { type: "message", text: "x", id: "7" })[0]?.type, "ack");
  assertEquals(notices(op, { type: "unmute", name: "cron" }), ["cron may speak again."]);
  assertEquals(post(senders[0]!.value!).error, undefined);
});

Deno.test("handlers: a mute of an address spares its operators and those with a password", async () => {
  const store = storeWithAccounts(["Op", "secret"], ["Known", "known"]);
  const chat = new Chat({ store, operators: ["Op"] });
  const op = await chat.joinWithPassword("Op", "secret");
  const known = await chat.joinWithPassword("Known", "known");
  const [bob, other] = [chat.join("Bob"), chat.join("Other")];
  op.say({ type: "mute", name: "Bob" });
  for (const each of [op, known]) {
    assertEquals(answers(each, { type: "message", text: "x", id: "7" })[0]?.type, "ack");
  }
  for (const each of [bob, other]) {
    assertEquals(refusal(each, { type: "message", text: "x", id: "7" }), ["muted", "7"]);
  }
  assertEquals(notices(op, { type: "unmute", name: "Other" }).length, 1, "the address, that is");
  assertEquals(answers(other, { type: "message", text: "x", id: "7" })[0]?.type, "ack");
  assertEquals(refusal(bob, { type: "message", text: "x", id: "7" }), ["muted", "7"]);
  assertEquals(notices(op, { type: "unmute", name: "Bob" }).length, 1);
  assertEquals(answers(bob, { type: "message", text: "x", id: "7" })[0]?.type, "ack");
});

Deno.test("handlers: an invalid duration bans and mutes no user", async () => {
  const { op, alice, bob } = await withOperator();
  for (
    const frame of [
      { type: "ban", target: "Bob", duration: "soon", id: "7" },
      { type: "ban", target: "192.0.2.1", duration: "0s", id: "7" },
      { type: "mute", name: "Bob", duration: "10", id: "7" },
    ] as const
  ) assertEquals(refusal(op, frame), ["invalid_duration", "7"]);
  assertEquals(bob.session.isEnded, false);
  alice.frames();
  bob.say({ type: "message", text: "still here" });
  assertEquals(alice.frames().length, 1);
});

Deno.test("handlers: a muted member gets a notice, and no frame of it is sent", async () => {
  const { chat, op, alice, bob } = await withOperator();
  bob.frames();
  assertEquals(notices(op, { type: "mute", name: "bob", duration: "10m" }), ["Bob is muted."]);
  assertEquals(bob.frames(), [{
    type: "notice",
    text: "An operator has muted you: your messages are not sent.",
  }]);
  op.say({ type: "whisper", to: "Bob", text: "be quiet" });
  alice.frames();
  op.frames();
  for (
    const frame of [
      { type: "message", text: "x", id: "7" },
      { type: "message", text: "x", action: true, id: "7" },
      { type: "whisper", to: "Alice", text: "x", id: "7" },
      { type: "reply", text: "x", id: "7" },
      { type: "nick", name: "Muted-by-Op", id: "7" },
    ] as const
  ) assertEquals(refusal(bob, frame), ["muted", "7"], frame.type);
  assertEquals([alice.frames(), op.frames()], [[], []]);
  assertEquals(chat.hub.members.find("Bob")!.memberships.only!.seq, 0);
  chat.clock.advance(600_000);
  bob.say({ type: "message", text: "x" });
  assertEquals(alice.frames().length, 1);
});

for (const [how, frame] of [["mute", "nick"], ["mute", "register"], ["ban", "nick"]] as const) {
  Deno.test(`handlers: a ${how} while ${frame} waits for the check of a password refuses it`, async () => {
    const store = storeWithAccounts(["Op", "secret"], ["Ann", "password 1"]);
    const chat = new Chat({ store, operators: ["Op"] });
    const op = await chat.joinWithPassword("Op", "secret");
    const bob = chat.join("Bob");
    const password = "password 1";
    const lines = frame === "nick"
      ? { type: frame, name: "Ann", password, id: "7" }
      : { type: frame, password, id: "7" };
    assertEquals(bob.say(lines), "waiting");
    if (how === "ban") op.say({ type: "ban", target: "Ann" });
    else op.say({ type: "mute", name: "Bob", duration: "10m" });
    bob.frames();
    await chat.settle();
    assertEquals(bob.frames().map((each) => each.type === "error" && [each.code, each.ref]), [
      [how === "mute" ? "muted" : "banned", "7"],
    ]);
    assertEquals(bob.session.member?.name, "Bob");
    assertEquals(store.accounts?.find("bob"), undefined, "and registers nothing");
    assertEquals(store.mutes.find("bob", chat.clock.now()) !== undefined, how === "mute");
    assertEquals(store.mutes.size, how === "mute" ? 1 : 0, "no mute has moved to another name");
  });
}

Deno.test("handlers: a muted member sends no text by away, either", async () => {
  const { op, alice, bob } = await withOperator();
  op.say({ type: "mute", name: "Bob" });
  alice.frames();
  assertEquals(refusal(bob, { type: "away", text: "a few words more", id: "7" }), ["muted", "7"]);
  assertEquals(alice.frames(), []);
});

Deno.test("handlers: unmute ends a mute, and the member gets a notice", async () => {
  const { op, bob } = await withOperator();
  assertEquals(refusal(op, { type: "unmute", name: "Bob", id: "7" }), ["not_muted", "7"]);
  assertEquals(refusal(op, { type: "unmute", name: "Eve", id: "7" }), ["no_such_user", "7"]);
  op.say({ type: "mute", name: "Bob" });
  bob.frames();
  assertEquals(notices(op, { type: "unmute", name: "bob" }), ["bob may speak again."]);
  assertEquals(bob.frames(), [{ type: "notice", text: "You may speak again." }]);
  assertEquals(answers(bob, { type: "message", text: "x", id: "7" }), [
    { type: "ack", id: "7", room: "lobby", seq: 1 },
  ]);
  op.say({ type: "mute", name: "Bob" });
  bob.say({ type: "quit" });
  assertEquals(notices(op, { type: "unmute", name: "Bob" }).length, 1, "though he has left");
});

Deno.test("handlers: delete_room moves the members to the lobby, and deletes the messages", async () => {
  const { chat, op, alice, bob } = await withOperator();
  for (const person of [alice, bob]) {
    person.say({ type: "join", room: "Den" }, { type: "leave", room: "lobby" });
  }
  bob.say({ type: "message", text: "a secret" }, { type: "topic", text: "secrets" });
  for (const person of [op, alice, bob]) person.frames();
  assertEquals(notices(op, { type: "delete_room", room: " DEN " }), ["The room Den is deleted."]);
  const audited = chat.log.entries.filter(({ event }) => event === "room deleted");
  const fields = { room: "Den", by: "Op", by_address: "192.0.2.1" };
  assertEquals(audited.map(({ level, fields }) => [level, fields]), [["audit", fields]]);
  const frames = alice.frames();
  assertEquals(frames.map(({ type }) => type), ["notice", "left", "joined", "joined"]);
  assertEquals(frames[0], {
    type: "notice",
    text: "An operator has deleted Den: you are in the lobby.",
  });
  assertEquals(frames[1]?.type === "left" && frames[1].room, "Den");
  assertEquals(frames[2]?.type === "joined" && frames[2].room, "lobby");
  bob.frames();
  alice.say({ type: "message", text: "hi" });
  assertEquals(bob.frames().map((frame) => "text" in frame && frame.text), ["hi"]);
  assertEquals(chat.hub.rooms.size, 1);
  assertEquals(chat.store.history.lastSeq("den"), 0);
  assertEquals(chat.store.topics.find("den"), undefined);
  assertEquals(
    alice.session.member?.memberships.only?.resumable,
    3,
    "Op, Alice and Bob resume in the lobby",
  );
});

Deno.test("handlers: a session of a deleted room is resumed in the lobby", async () => {
  const { chat, op } = await withOperator();
  const carol = chat.connect();
  carol.say({ type: "hello", name: "Carol", rooms: ["Den"] });
  const welcome = carol.frames().find((frame) => frame.type === "welcome")!;
  carol.endInput();
  chat.advance(60_000);
  notices(op, { type: "delete_room", room: "den" });
  const again = chat.connect();
  const resume = { session: welcome.session, rooms: { Den: 0 } };
  again.say({ type: "hello", name: "Carol", resume });
  const back = again.frames().find((frame) => frame.type === "welcome")!;
  assertEquals([back.rooms[0]?.room, back.resumed], ["lobby", true]);
  assertEquals(back.rooms.length, 1);
  assertEquals(chat.hub.rooms.size, 1);
});

Deno.test("handlers: delete_room refuses the lobby, permanent rooms and unknown rooms", async () => {
  const { op } = await withOperator();
  const code = (room: string) => refusal(op, { type: "delete_room", room })[0];
  assertEquals(code("Lobby"), "room_permanent");
  assertEquals(code("den"), "no_such_room");
  assertEquals(code("\u001b[2J".repeat(20)), "no_such_room");
});
