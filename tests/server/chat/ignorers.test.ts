import { assertEquals } from "@std/assert";
import type { Subscriber } from "../../../server/fanout/audience.ts";
import { Ignorers } from "../../../server/chat/ignorers.ts";
import type { Member } from "../../../server/chat/member.ts";
import { Room } from "../../../server/chat/room.ts";
import { memberOf } from "../fakes.ts";
import { partOf } from "../../support/part_of.ts";

const LOBBY = new Room("lobby", "lobby", true);
const TEA = new Room("tea", "tea", false);

/** A connected member of a room. */
function inRoom(name: string, room = LOBBY): Member & { subscriber: Subscriber } {
  const subscriber = Object.assign(partOf<Subscriber>({}), { name });
  const member = memberOf(name);
  member.memberships.add({ room, since: 0 });
  return Object.assign(member, { subscriber });
}

Deno.test("ignorers: empty at first", () => {
  assertEquals(new Ignorers().of(inRoom("Bob"), LOBBY), []);
});

Deno.test("ignorers: finds the connected members of the same room", () => {
  const ignorers = new Ignorers();
  const [alice, bob, carol] = [inRoom("Alice"), inRoom("Bob"), inRoom("Carol")];
  for (const each of [alice, carol, inRoom("Dave", TEA)]) ignorers.add(each, "bob");
  const ghost = Object.assign(inRoom("Eve"), { subscriber: undefined });
  ignorers.add(ghost, "bob");
  assertEquals(ignorers.of(bob, LOBBY), [alice.subscriber, carol.subscriber]);
  assertEquals(ignorers.of(alice, LOBBY), []);
  alice.memberships.delete(LOBBY);
  assertEquals(ignorers.of(bob, LOBBY), [carol.subscriber], "where they are now counts");
});

Deno.test("ignorers: a user is ignored once, even if it is repeated", () => {
  const ignorers = new Ignorers();
  const [alice, bob] = [inRoom("Alice"), inRoom("Bob")];
  ignorers.add(alice, "bob");
  ignorers.add(alice, "bob");
  assertEquals(ignorers.of(bob, LOBBY), [alice.subscriber]);
  assertEquals([ignorers.remove(alice, "bob"), ignorers.remove(alice, "bob")], [true, false]);
  assertEquals(ignorers.of(bob, LOBBY), []);
  assertEquals(alice.ignored.size, 0);
});

Deno.test("ignorers: removal by one member changes nothing for others", () => {
  const ignorers = new Ignorers();
  const [alice, bob, carol] = [inRoom("Alice"), inRoom("Bob"), inRoom("Carol")];
  ignorers.add(alice, "bob");
  ignorers.add(carol, "bob");
  ignorers.remove(alice, "bob");
  assertEquals(ignorers.of(bob, LOBBY), [carol.subscriber]);
});

Deno.test("ignorers: a member who leaves is removed with its ignored names", () => {
  const ignorers = new Ignorers();
  const [alice, bob, carol] = [inRoom("Alice"), inRoom("Bob"), inRoom("Carol")];
  for (const key of ["bob", "carol", "dave"]) ignorers.add(alice, key);
  ignorers.forget(alice);
  assertEquals([ignorers.of(bob, LOBBY), ignorers.of(carol, LOBBY)], [[], []]);
  assertEquals(alice.ignored.size, 0);
  ignorers.forget(bob);
});

/** Renames a member like the hub. */
function rename(ignorers: Ignorers, member: Member, name: string): void {
  const { key } = member;
  member.rename(name);
  ignorers.follow(key, member.key);
}

Deno.test("ignorers: a user stays ignored under another name", () => {
  const ignorers = new Ignorers();
  const [alice, bob, carol] = [inRoom("Alice"), inRoom("Bob"), inRoom("Carol")];
  ignorers.add(alice, "bob");
  assertEquals(ignorers.of(inRoom("BOB"), LOBBY), [alice.subscriber]);
  for (const name of ["Robert", "Bobby"]) rename(ignorers, bob, name);
  rename(ignorers, carol, "Robert");
  assertEquals(ignorers.of(bob, LOBBY), [alice.subscriber]);
  assertEquals(ignorers.of(carol, LOBBY), [], "a name that they had in between is free again");
  assertEquals(
    ignorers.of(inRoom("Bob"), LOBBY),
    [alice.subscriber],
    "the ignored user may return",
  );
  assertEquals(alice.ignored.size, 1, "for any number of names");
});

Deno.test("ignorers: either name removes it", () => {
  for (const key of ["bob", "robert"]) {
    const ignorers = new Ignorers();
    const [alice, bob] = [inRoom("Alice"), inRoom("Bob")];
    ignorers.add(alice, "bob");
    rename(ignorers, bob, "Robert");
    assertEquals([ignorers.remove(alice, key), ignorers.remove(alice, key)], [true, false]);
    assertEquals([ignorers.of(bob, LOBBY), ignorers.of(inRoom("Bob"), LOBBY)], [[], []]);
    assertEquals(alice.ignored.size, 0);
  }
});

Deno.test("ignorers: two users of the same name are separate", () => {
  const ignorers = new Ignorers();
  const [alice, bob, eve] = [inRoom("Alice"), inRoom("Bob"), inRoom("Eve")];
  ignorers.add(alice, "bob");
  rename(ignorers, bob, "Robert");
  rename(ignorers, eve, "Bob");
  rename(ignorers, eve, "Eve");
  assertEquals([ignorers.of(bob, LOBBY), ignorers.of(eve, LOBBY)], [[alice.subscriber], []]);
});

Deno.test("ignorers: one of two ignored names is removed", () => {
  const ignorers = new Ignorers();
  const [alice, bob] = [inRoom("Alice"), inRoom("Bob")];
  ignorers.add(alice, "bob");
  rename(ignorers, bob, "Robert");
  ignorers.add(alice, "carol");
  ignorers.add(alice, "robert");
  ignorers.remove(alice, "carol");
  assertEquals(ignorers.of(bob, LOBBY), [alice.subscriber]);
  ignorers.remove(alice, "robert");
  assertEquals([ignorers.of(bob, LOBBY), alice.ignored.size], [[], 0]);
});
