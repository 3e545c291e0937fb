import { assert, assertEquals } from "@std/assert";
import {
  DEFAULT_ROOM,
  MAX_LISTED_USERS,
  MAX_MEMBERS_ANNOUNCED_BY_NAME,
} from "../../../protocol/mod.ts";
import { listUsers } from "../../../server/chat/listing.ts";
import { initOf, withStage } from "../stage.ts";

Deno.test("hub: a new member is in the lobby, and the others there get joined", () => {
  const { hub, time, ...stage } = withStage();
  const alice = stage.join("Alice");
  const bob = stage.join("Bob");
  assertEquals(bob.memberships.only!.name, DEFAULT_ROOM);
  assertEquals(hub.members.size, 2);
  assertEquals([...hub.members.all()], [alice, bob]);
  assertEquals(stage.received(alice), [{ type: "joined", room: "lobby", name: "Bob", time }]);
  assertEquals(stage.received(bob), []);
});

Deno.test("hub: refuses an invalid name or room without any effect", () => {
  const { hub } = withStage();
  assertEquals(hub.members.checkFree("A B").error?.code, "name_invalid");
  assertEquals(hub.members.checkFree("").error?.code, "name_invalid");
  assertEquals(hub.rooms.open("#tea").error?.code, "room_invalid");
  assertEquals(hub.rooms.open(" ").error?.code, "room_invalid");
  assertEquals(hub.members.size, 0);
  assertEquals(hub.rooms.size, 1);
  assertEquals(hub.members.find("Alice"), undefined);
});

Deno.test("hub: the name of a member who left is free", () => {
  const { hub, join } = withStage();
  hub.unregister(join("Alice"));
  assertEquals(hub.members.size, 0);
  join("alice");
});

Deno.test("hub: a leave is sent to the others, with the reason if any", () => {
  const { hub, join, received, time } = withStage();
  const alice = join("Alice");
  hub.unregister(join("Bob"));
  hub.unregister(join("Carol"), { reason: "kicked" });
  assertEquals(received(alice).filter(({ type }) => type === "left"), [
    { type: "left", room: "lobby", name: "Bob", time },
    { type: "left", room: "lobby", name: "Carol", time, reason: "kicked" },
  ]);
});

Deno.test("hub: messages go to the others in the room, numbered without gaps", () => {
  const { hub, join, received, time } = withStage();
  const [alice, bob, carol] = [join("Alice"), join("Bob"), join("Carol", "tea")];
  for (const each of [alice, bob, carol]) received(each);
  assertEquals(hub.sendMessage(alice, alice.memberships.only!, "hi", undefined, undefined).seq, 1);
  assertEquals(
    hub.sendMessage(bob, bob.memberships.only!, "waves", { action: true }, undefined).seq,
    2,
  );
  assertEquals(
    hub.sendMessage(carol, carol.memberships.only!, "tea?", undefined, undefined).seq,
    1,
  );
  const message = { type: "message", room: "lobby", time } as const;
  assertEquals(received(bob), [{ ...message, seq: 1, from: "Alice", text: "hi" }]);
  assertEquals(received(alice), [{ ...message, seq: 2, from: "Bob", text: "waves", action: true }]);
  assertEquals(received(carol), []);
  assertEquals(alice.memberships.only!.seq, 2);
});

Deno.test("hub: a whisper reaches its receiver in any room, by any case of the name", () => {
  const { hub, join, received, time } = withStage();
  const alice = join("Alice");
  const bob = join("Bob", "tea");
  assertEquals(hub.sendWhisper(alice, " bOB", "psst", undefined).value?.receiver, bob);
  assertEquals(received(bob), [
    { type: "whisper", from: "Alice", to: "Bob", text: "psst", time, number: 1 },
  ]);
  assertEquals(received(alice), []);
});

Deno.test("hub: a whisper to an unknown user is refused with the name, clean and short", () => {
  const { hub, join } = withStage();
  const alice = join("Alice");
  const errorOf = (to: string) => hub.sendWhisper(alice, to, "x", undefined).error?.text;
  assertEquals(errorOf("Carol"), 'No user named "Carol" is online.');
  assertEquals(errorOf("a\x1b[2J\nb"), 'No user named "a[2J b" is online.');
  assertEquals(errorOf("x".repeat(5000)), `No user named "${"x".repeat(31)}…" is online.`);
});

Deno.test("hub: a whisper to a user who does not read is refused, not dropped", () => {
  const { hub, join, received, subscriber } = withStage();
  const alice = join("Alice");
  const bob = join("Bob", undefined, subscriber({ isBehind: true }));
  assertEquals(hub.sendWhisper(alice, "Bob", "x", undefined).error?.code, "not_reading");
  assertEquals(received(bob), []);
  assertEquals(bob.lastWhisperFrom, undefined);
});

Deno.test("hub: a new name is sent to the whole room", () => {
  const { hub, join, received, time } = withStage();
  const [alice, bob] = [join("Alice"), join("Bob")];
  received(alice);
  const { value: name } = hub.members.checkFree(" Robert ", bob);
  assertEquals(name, "Robert");
  hub.rename(bob, name!);
  const frame = { type: "renamed", room: "lobby", from: "Bob", to: "Robert", time } as const;
  assertEquals(received(alice), [frame]);
  assertEquals(received(bob), [frame]);
  assertEquals(hub.members.find("robert"), bob);
  assertEquals(hub.members.find("Bob"), undefined);
  assertEquals(hub.members.size, 2);
});

Deno.test("hub: a member may change the case of its name, but not take another's", () => {
  const { hub, join } = withStage();
  const alice = join("Alice");
  join("Bob");
  assertEquals(hub.members.checkFree("ALICE", alice).value, "ALICE");
  hub.rename(alice, "ALICE");
  assertEquals(hub.members.find("alice"), alice);
  assertEquals(hub.members.checkFree("bob", alice).error?.code, "name_taken");
  assertEquals(hub.members.checkFree("a b", alice).error?.code, "name_invalid");
  assertEquals(alice.name, "ALICE");
});

Deno.test("hub: users are the members of the room in the order of joining", () => {
  const { hub, join } = withStage();
  const alice = join("Zoe");
  join("Bob", "tea");
  join("Anna");
  hub.rename(alice, "Alice");
  assertEquals(listUsers(alice, alice.memberships.only!), {
    type: "users",
    room: "lobby",
    total: 2,
    users: [{ name: "Alice" }, { name: "Anna" }],
  });
});

Deno.test("hub: lists the first of many users, and counts all", () => {
  const { joinMany } = withStage();
  const [first] = joinMany(MAX_LISTED_USERS + 5);
  const frame = listUsers(first!, first!.memberships.only!);
  assert(frame.type === "users");
  assertEquals(frame.users.length, MAX_LISTED_USERS);
  assertEquals(frame.total, MAX_LISTED_USERS + 5);
  assertEquals(frame.users.at(-1), { name: `u${MAX_LISTED_USERS - 1}` });
});

Deno.test("hub: in a large room joins and leaves are sent as numbers", () => {
  const { hub, joinMany, join, received, clock } = withStage();
  const alice = join("Alice");
  const early = joinMany(MAX_MEMBERS_ANNOUNCED_BY_NAME - 1);
  assertEquals(received(alice).length, MAX_MEMBERS_ANNOUNCED_BY_NAME - 1);
  const [last] = joinMany(1, "last");
  assertEquals(
    received(alice).map(({ type }) => type),
    ["joined"],
    "number 1001 is announced by name",
  );
  const late = joinMany(5, "late");
  hub.unregister(early[0]!);
  hub.unregister(late[0]!);
  assertEquals(received(alice), [], "no further one is announced by name");
  hub.sendPresence(clock.monotonic());
  const time = clock.now();
  const members = MAX_MEMBERS_ANNOUNCED_BY_NAME + 4;
  const presence = { type: "presence", room: "lobby", joined: 5, left: 2, members, time } as const;
  assertEquals(received(alice), [presence]);
  for (const member of [...late.slice(1), last!]) hub.unregister(member);
  assertEquals(hub.members.size, MAX_MEMBERS_ANNOUNCED_BY_NAME - 1);
  assertEquals(
    received(alice).map(({ type }) => type),
    ["left"],
    "a leave from a room of 1000 is announced by name again",
  );
  clock.advance(1000);
  hub.sendPresence(clock.monotonic());
  assertEquals(
    received(alice),
    [{ ...presence, joined: 0, left: 4, members: hub.members.size, time: clock.now() }],
    "earlier counts are still sent",
  );
});

Deno.test("hub: no summary without joins and leaves", () => {
  const { hub, join, received, clock } = withStage();
  const alice = join("Alice");
  join("Bob");
  received(alice);
  hub.sendPresence(clock.monotonic());
  assertEquals(received(alice), []);
});

Deno.test("hub: whispers are numbered for each receiver, from 1, without gaps", () => {
  const { hub, join, received, subscriber } = withStage();
  const [alice, bob] = [join("Alice"), join("Bob")];
  const carol = join("Carol", "lobby", subscriber());
  received(bob);
  hub.sendWhisper(alice, "Bob", "1", undefined);
  hub.sendWhisper(alice, "Carol", "1", undefined);
  hub.sendWhisper(alice, "Dave", "refused", undefined);
  hub.sendWhisper(bob, "Bob", "2", undefined);
  hub.sendWhisper(carol, "Bob", "3", undefined);
  const numbers = received(bob).map((frame) =>
    frame.type === "whisper" && [frame.number, frame.text]
  );
  assertEquals(numbers.slice(-3), [[1, "1"], [2, "2"], [3, "3"]]);
  assertEquals([bob.lastWhisper, carol.lastWhisper, alice.lastWhisper], [3, 1, 0]);
});

Deno.test("hub: whispers to a session are stored with their sender", () => {
  const { hub, join, store } = withStage();
  const alice = join("Alice");
  const { value: room } = hub.rooms.open("lobby");
  const bob = hub.reserve(
    { ...initOf("Bob"), session: 7 },
    [{ room: room!, since: room!.seq }],
    true,
  );
  hub.sendWhisper(alice, "Bob", "while he is away", "id");
  assertEquals(bob.subscriber, undefined);
  const [kept, ...others] = store.sessions.whispersAfter(7, 0);
  assertEquals([kept?.frame.text, kept?.number, kept?.by, others.length], [
    "while he is away",
    1,
    0,
    0,
  ]);
});

Deno.test("hub: a message is stored with its sender and id", () => {
  const { hub, store } = withStage();
  const { value: room } = hub.rooms.open("lobby");
  const alice = hub.reserve(
    { ...initOf("Alice"), session: 7 },
    [{ room: room!, since: room!.seq }],
    true,
  );
  hub.sendMessage(alice, alice.memberships.only!, "hi", { action: true }, "id");
  const [kept] = store.history.read("lobby", { limit: 9 });
  assertEquals([kept?.by, kept?.id, kept?.message.text, kept?.message.action], [
    7,
    "id",
    "hi",
    true,
  ]);
});

Deno.test("hub: a member receives neither messages nor whispers of an ignored user", () => {
  const { hub, join, received } = withStage();
  const [alice, bob, carol] = [join("Alice"), join("Bob"), join("Carol")];
  hub.ignore(alice, " BOB ");
  for (const each of [alice, bob, carol]) received(each);
  hub.sendMessage(bob, bob.memberships.only!, "noise", undefined, undefined);
  hub.sendMessage(carol, carol.memberships.only!, "hi", undefined, undefined);
  assertEquals(received(alice).map((frame) => "text" in frame && frame.text), ["hi"]);
  assertEquals(received(carol).length, 1);
  assertEquals(hub.sendWhisper(bob, "Alice", "psst", undefined).error, {
    code: "ignored",
    text: "Alice ignores you; nothing was sent.",
  });
  assertEquals(alice.lastWhisper, 0);
  assertEquals(
    hub.sendWhisper(alice, "Bob", "psst", undefined).value?.receiver,
    bob,
    "the reverse whisper arrives",
  );
  assertEquals([hub.unignore(alice, "bob"), hub.unignore(alice, "bob")], [true, false]);
  hub.sendMessage(bob, bob.memberships.only!, "again", undefined, undefined);
  assertEquals(received(alice).map((frame) => "text" in frame && frame.text), ["again"]);
});

Deno.test("hub: an ignored user stays ignored under another name", () => {
  const { hub, join, received } = withStage();
  const [alice, bob] = [join("Alice"), join("Bob")];
  hub.ignore(alice, "Bob");
  hub.rename(bob, "Robert");
  for (const each of [alice, bob]) received(each);
  hub.sendMessage(bob, bob.memberships.only!, "noise", undefined, undefined);
  assertEquals(received(alice), []);
  assertEquals(hub.sendWhisper(bob, "Alice", "psst", undefined).error?.code, "ignored");
  assertEquals(hub.unignore(alice, "robert"), true);
  hub.sendMessage(bob, bob.memberships.only!, "hi", undefined, undefined);
  assertEquals(received(alice).map((frame) => "text" in frame && frame.text), ["hi"]);
});

Deno.test("hub: ignored names are dropped when the member leaves", () => {
  const { hub, join, received } = withStage();
  const [alice, bob] = [join("Alice"), join("Bob")];
  hub.ignore(alice, "Bob");
  hub.unregister(alice);
  const again = join("Alice");
  hub.sendMessage(bob, bob.memberships.only!, "hi", undefined, undefined);
  assertEquals(received(again).map((frame) => "text" in frame && frame.text), ["hi"]);
});

Deno.test("hub: users includes away, and addresses for operators", () => {
  const { join } = withStage();
  const [alice, bob] = [join("Alice"), join("Bob")];
  bob.away = "tea";
  assertEquals(listUsers(alice, alice.memberships.only!), {
    type: "users",
    room: "lobby",
    total: 2,
    users: [{ name: "Alice" }, { name: "Bob", away: "tea" }],
  });
  bob.away = "";
  alice.isOperator = true;
  const frame = listUsers(alice, alice.memberships.only!);
  assert(frame.type === "users");
  assertEquals(frame.users, [
    { name: "Alice", address: "192.0.2.1", operator: true },
    { name: "Bob", away: "", address: "192.0.2.1" },
  ]);
});

Deno.test("hub: operators are marked where users are listed, join, and have a new name", () => {
  const { hub, join, received } = withStage();
  const bob = join("Bob");
  const op = join("Op");
  op.isOperator = true;
  received(bob);
  const { value: tea } = hub.rooms.open("tea");
  hub.join(bob, tea!);
  hub.join(op, tea!);
  hub.rename(op, "OP");
  hub.rename(op, "Other");
  hub.rename(op, "Op", { isAuthenticated: true, isOperator: true });
  const marks = received(bob).flatMap((frame) =>
    ["joined", "renamed"].includes(frame.type) && !("seq" in frame) &&
      (!("room" in frame) || frame.room === "tea")
      ? ["operator" in frame]
      : []
  );
  assertEquals(marks, [true, true, false, true]);
  const { users } = listUsers(bob, tea!);
  assertEquals(users, [{ name: "Bob" }, { name: "Op", operator: true }]);
});

Deno.test("hub: reserved and detached members hold the name and receive nothing", () => {
  const { hub, join, received } = withStage();
  const bob = join("Bob");
  const { value: room } = hub.rooms.open("lobby");
  const quiet = hub.reserve(initOf("Alice"), [{ room: room!, since: room!.seq }], false);
  assertEquals(received(bob), []);
  assertEquals(hub.members.checkFree("alice").error?.code, "name_taken");
  hub.notify(quiet, { type: "notice", text: "x" });
  hub.sendMessage(bob, bob.memberships.only!, "x", undefined, undefined);
  const [before] = [received(bob)];
  assertEquals(before, []);
  hub.detach(bob);
  hub.detach(bob);
  hub.sendMessage(quiet, quiet.memberships.only!, "not received", undefined, undefined);
  assertEquals(received(bob), []);
  assertEquals(hub.members.size, 2);
});
