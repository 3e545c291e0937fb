import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { localTimeText } from "../../../protocol/mod.ts";
import { MAX_BANS, Moderation } from "../../../server/chat/moderation.ts";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import { FakeClock, memberOf } from "../fakes.ts";

const OP = memberOf("Op", { address: "203.0.113.9" });
const MINUTE = 60_000;

/** Moderation without bans and mutes. */
function moderationOf() {
  const clock = new FakeClock();
  return { clock, moderation: new Moderation(createMemoryStore(), clock) };
}

Deno.test("moderation: accepts clients without a ban", () => {
  assertEquals(moderationOf().moderation.banError("Alice", "192.0.2.1"), undefined);
});

Deno.test("moderation: refuses a banned name in any case, from any address", () => {
  const { moderation } = moderationOf();
  assertEquals(moderation.ban(OP, "Alice"), { value: { kind: "name", key: "alice" } });
  for (const name of ["Alice", "ALICE", "\uff21lice"]) {
    assertEquals(moderation.banError(name, "198.51.100.7"), {
      code: "banned",
      text: "You are banned from this server.",
    });
  }
  assertEquals(moderation.banError("Alicia", "198.51.100.7"), undefined);
});

Deno.test("moderation: refuses a banned address with any name, and without one", () => {
  const { moderation } = moderationOf();
  for (const address of ["192.0.2.1", "2001:db8::1"]) {
    assertEquals(moderation.ban(OP, address).value?.kind, "address");
    for (const name of ["Alice", undefined]) {
      assertEquals(moderation.banError(name, address)?.code, "banned");
    }
  }
  assertEquals(moderation.banError("Alice", "192.0.2.10"), undefined);
  assertEquals(moderation.banError("192.0.2.1", "192.0.2.10"), undefined, "it is no name");
});

Deno.test("moderation: all notations of an IPv6 address are equal", () => {
  for (const written of ["2001:DB8::1", "2001:db8:0:0:0:0:0:1"]) {
    const { moderation } = moderationOf();
    moderation.ban(OP, written);
    assertEquals(moderation.banError("Alice", "2001:db8::1")?.code, "banned", written);
    assertEquals(moderation.unban("2001:db8::1"), true);
  }
});

Deno.test("moderation: a ban expires, and its error has the time", () => {
  const { clock, moderation } = moderationOf();
  moderation.ban(OP, "Alice", { duration: "10m" });
  const text = moderation.banError("Alice", "192.0.2.1")!.text;
  assertStringIncludes(text, ` until ${localTimeText(clock.now() + 10 * MINUTE)}.`);
  clock.advance(10 * MINUTE - 1);
  assertEquals(moderation.banError("Alice", "192.0.2.1")?.code, "banned");
  clock.advance(1);
  assertEquals(moderation.banError("Alice", "192.0.2.1"), undefined);
});

Deno.test("moderation: the last ban on a target replaces the others", () => {
  const { clock, moderation } = moderationOf();
  moderation.ban(OP, "Alice");
  moderation.ban(OP, "alice", { duration: "1m" });
  clock.advance(MINUTE);
  assertEquals(moderation.banError("Alice", "192.0.2.1"), undefined);
});

Deno.test("moderation: a ban can be removed once", () => {
  const { moderation } = moderationOf();
  moderation.ban(OP, "Alice");
  moderation.ban(OP, "192.0.2.1");
  assertEquals([moderation.unban("ALICE"), moderation.unban("Alice")], [true, false]);
  assertEquals([moderation.unban("192.0.2.1"), moderation.unban("192.0.2.2")], [true, false]);
  assertEquals(moderation.banError("Alice", "192.0.2.1"), undefined);
});

const DURATIONS: readonly (readonly [written: string, milliseconds: number])[] = [
  ["1s", 1000],
  ["30s", 30_000],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["7d", 604_800_000],
  [" 7d ", 604_800_000],
  ["007d", 604_800_000],
  ["3650d", 3650 * 86_400_000],
  ["87600h", 3650 * 86_400_000],
  ["999999s", 999_999_000],
];

for (const [written, milliseconds] of DURATIONS) {
  Deno.test(`moderation: "${written}" is ${milliseconds} milliseconds`, () => {
    const { clock, moderation } = moderationOf();
    const alice = memberOf("Alice");
    assert(moderation.mute(OP, alice, written).value);
    clock.advance(milliseconds - 1);
    assertEquals(moderation.silence(alice)?.code, "muted");
    clock.advance(1);
    assertEquals(moderation.silence(alice), undefined);
  });
}

const NO_DURATIONS = ["", " ", "0s", "0d", "10", "m", "10 m", "1.5h", "-1m", "10min", "1w", "10M"];
for (const written of [...NO_DURATIONS, "3651d", "87601h", "1234567s", "1e3s", "Infinity", "١s"]) {
  Deno.test(`moderation: "${written}" is no duration, and bans and mutes no user`, () => {
    const { moderation } = moderationOf();
    const alice = memberOf("Alice");
    assertEquals(
      moderation.ban(OP, "Alice", { duration: written }).error?.code,
      "invalid_duration",
    );
    assertEquals(moderation.mute(OP, alice, written).error?.code, "invalid_duration");
    assertEquals(moderation.banError("Alice", "192.0.2.1"), undefined);
    assertEquals(moderation.silence(alice), undefined);
  });
}

Deno.test("moderation: a mute without a duration lasts until it is removed", () => {
  const { clock, moderation } = moderationOf();
  const alice = memberOf("Alice");
  moderation.mute(OP, alice);
  clock.advance(10 * 365 * 86_400_000);
  moderation.tick();
  assertEquals(moderation.silence(alice), {
    code: "muted",
    text: "An operator has muted you. Your messages are not sent.",
  });
  const [first, second] = [1, 2].map(() => moderation.unmute("alice", alice));
  assertEquals([first, second], [true, false]);
  assertEquals(moderation.silence(alice), undefined);
});

const ELSEWHERE = { address: "198.51.100.7" };

Deno.test("moderation: a mute applies to the name, from any address", () => {
  const { moderation } = moderationOf();
  moderation.mute(OP, memberOf("Alice"), "1h");
  assertEquals(moderation.silence(memberOf("ALICE", ELSEWHERE))?.code, "muted");
  const authenticated = memberOf("Alice", { ...ELSEWHERE, isAuthenticated: true });
  assertEquals(moderation.silence(authenticated)?.code, "muted");
});

Deno.test("moderation: a mute applies to the address, under any name without a password", () => {
  const { moderation } = moderationOf();
  moderation.mute(OP, memberOf("Alice", { address: "2001:db8::1" }));
  for (const address of ["2001:db8::1", "2001:db8::ffff:2"]) {
    assertEquals(moderation.silence(memberOf("Ann", { address }))?.code, "muted", address);
    const known = memberOf("Ben", { address, isAuthenticated: true });
    assertEquals(moderation.silence(known), undefined, "their password vouches for them");
    const operator = memberOf("Op", { address, isOperator: true });
    assertEquals(moderation.silence(operator), undefined);
  }
  assertEquals(moderation.silence(memberOf("Ann", { address: "2001:db8:0:1::1" })), undefined);
});

Deno.test("moderation: a mute of an authenticated member applies without the password, too", () => {
  const { moderation } = moderationOf();
  moderation.mute(OP, memberOf("Alice", { isAuthenticated: true }));
  assertEquals(moderation.silence(memberOf("Ann"))?.code, "muted");
});

Deno.test("moderation: unmute frees the name and the address, by any of the names", () => {
  for (const name of ["alice", "ann"]) {
    const { moderation } = moderationOf();
    moderation.mute(OP, memberOf("Alice"));
    const ann = memberOf("Ann");
    assertEquals(moderation.unmute(name, name === "ann" ? ann : undefined), true);
    assertEquals(moderation.silence(ann), undefined);
    assertEquals(moderation.unmute(name, ann), false);
  }
});

Deno.test("moderation: each of two muted members of one address is free once unmuted", () => {
  const { moderation } = moderationOf();
  const [alice, bob] = [memberOf("Alice"), memberOf("Bob")];
  for (const each of [alice, bob]) moderation.mute(OP, each);
  assertEquals(moderation.unmute("bob", bob), true);
  assertEquals(moderation.silence(bob), undefined);
  assertEquals(moderation.silence(alice)?.code, "muted", "by name");
});

Deno.test("moderation: a mute ends with its time, for the address too", () => {
  const { clock, moderation } = moderationOf();
  moderation.mute(OP, memberOf("Alice"), "10m");
  const until = new Date(clock.now() + 10 * MINUTE).toISOString();
  const ann = memberOf("Ann");
  assertStringIncludes(moderation.silence(ann)!.text, ` until ${until.slice(0, 10)}`);
  clock.advance(10 * MINUTE - 1);
  assertEquals(moderation.silence(ann)?.code, "muted");
  clock.advance(1);
  assertEquals(moderation.silence(ann), undefined);
});

Deno.test("moderation: a ban of the own name or address needs force", () => {
  const own = ["op", "OP", "203.0.113.9", "203.0.113.0/24", "::ffff:203.0.113.9", "0.0.0.0/0"];
  for (const target of [...own, "203.0.113.9:5060", "[::ffff:203.0.113.9]:5060"]) {
    const { moderation } = moderationOf();
    assertStringIncludes(
      moderation.ban(OP, target, { duration: "10m" }).error!.text,
      `/ban ${target} 10m --force`,
    );
    const { error } = moderation.ban(OP, target);
    assertEquals(error?.code, "not_oneself", target);
    assertStringIncludes(error!.text, `You cannot ban your`);
    assertStringIncludes(error!.text, `/ban ${target} --force`);
    assertEquals(moderation.bans().total, 0);
    assert(moderation.ban(OP, target, { force: true }).value, target);
    assertEquals(moderation.bans().total, 1);
  }
  const { moderation } = moderationOf();
  assert(moderation.ban(OP, "203.0.114.0/24").value, "another network");
  assert(
    moderation.ban(memberOf("Op", { address: "2001:db8::5" }), "2001:db8::6").error,
    "the same /64",
  );
});

const RANGES: readonly (readonly [
  written: string,
  key: string,
  within: readonly string[],
  without: readonly string[],
])[] = [
  ["192.0.2.0/24", "192.0.2.0/24", ["192.0.2.0", "::ffff:192.0.2.255"], ["192.0.3.0"]],
  ["192.0.2.77/24", "192.0.2.0/24", ["192.0.2.1"], ["192.0.1.255"]],
  ["10.0.0.0/8", "10.0.0.0/8", ["10.255.255.255"], ["11.0.0.0", "2001:db8::a00:1"]],
  ["192.0.2.1/32", "192.0.2.1", ["192.0.2.1"], ["192.0.2.0"]],
  ["::ffff:192.0.2.0/120", "192.0.2.0/24", ["192.0.2.9"], ["192.0.3.9"]],
  ["2001:db8::/32", "2001:db8::/32", ["2001:db8:ffff::1"], ["2001:db9::"]],
  ["2001:db8::5", "2001:db8::/64", ["2001:db8::5", "2001:db8::ffff:1"], ["2001:db8:0:1::5"]],
  ["2001:db8::5/128", "2001:db8::/64", ["2001:db8::6"], ["2001:db8:0:1::5"]],
  ["2001:db8::/96", "2001:db8::/96", ["2001:db8::1"], ["2001:db8::1:0:0"]],
];

for (const [written, key, within, without] of RANGES) {
  Deno.test(`moderation: a ban on ${written} is one on ${key}`, () => {
    const { moderation } = moderationOf();
    assertEquals(moderation.ban(OP, written).value?.key, key);
    for (const address of within) {
      assertEquals(moderation.banError("Alice", address)?.code, "banned", address);
    }
    for (const address of without) {
      assertEquals(moderation.banError("Alice", address), undefined, address);
    }
    assertEquals([...moderation.bans().all].map((ban) => ban.key), [key]);
    assertEquals(moderation.unban(key), true);
    assertEquals(moderation.banError("Alice", within[0]!), undefined);
    moderation.ban(OP, key);
    assertEquals(moderation.unban(written), true);
  });
}

Deno.test("moderation: the longest of several bans of an address decides", () => {
  const { clock, moderation } = moderationOf();
  moderation.ban(OP, "192.0.2.1", { duration: "1m" });
  moderation.ban(OP, "192.0.2.0/24", { duration: "2h" });
  moderation.ban(OP, "192.0.0.0/16", { duration: "1h" });
  assertStringIncludes(
    moderation.banError("Alice", "192.0.2.1")!.text,
    `until ${localTimeText(clock.now() + 120 * MINUTE)}`,
  );
  clock.advance(120 * MINUTE);
  assertEquals(moderation.banError("Alice", "192.0.2.1"), undefined);
  assertEquals(moderation.bans().total, 0, "expired bans are removed");
});

Deno.test("moderation: refuses to ban a text that looks like an address as a name", () => {
  const { moderation } = moderationOf();
  const written = [
    ...["192.0.2.0/33", "192.0.2.*", "300.1.1.1", "192.0.2/24", "1.2.3.4/", "1.2.3.4/8/8"],
    ...["2001:db8::/129", "2001:db8::1::2", "::/x", "2001:db8:*", "fe80:", ":"],
  ];
  for (const target of written) {
    assertEquals(moderation.ban(OP, target).error?.code, "invalid_frame", target);
  }
  assertEquals(moderation.bans().total, 0);
});

Deno.test("moderation: lists bans with operator, end and reason", () => {
  const { clock, moderation } = moderationOf();
  moderation.ban(OP, "Alice", {
    duration: "1h",
    reason: " too\x1b \n much" + "!".repeat(300),
  });
  moderation.ban(OP, "10.0.0.0/8");
  const { total, all } = moderation.bans();
  assertEquals(total, 2);
  const [alice, range] = [...all];
  assertEquals(alice?.until, clock.now() + 60 * MINUTE);
  assertEquals(alice?.reason?.slice(0, 12), "too   much!!");
  assertEquals(alice?.reason?.length, 200);
  assertEquals(range, { kind: "address", key: "10.0.0.0/8", by: "Op" });
});

Deno.test("moderation: bounds bans and mutes, and expired ones make room", () => {
  const { clock, moderation } = moderationOf();
  const address = (number: number) => `10.${number >> 16}.${number >> 8 & 255}.${number & 255}`;
  const person = (number: number) => memberOf(`n${number}`, { address: address(number) });
  for (let number = 0; number < MAX_BANS; number++) {
    moderation.ban(OP, address(number), number < 10 ? { duration: "1m" } : {});
    moderation.mute(OP, person(number), number < 10 ? "1m" : undefined);
  }
  assertEquals(moderation.ban(OP, "Bob").error?.code, "too_many_bans");
  assertEquals(moderation.mute(OP, memberOf("Bob")).error?.code, "too_many_mutes");
  assert(moderation.ban(OP, address(77), { duration: "2m" }).value, "an existing ban is changed");
  assert(moderation.mute(OP, person(77), "2m").value);
  clock.advance(MINUTE);
  assert(moderation.ban(OP, "Bob").value);
  assert(moderation.mute(OP, memberOf("Bob")).value);
  assertEquals(moderation.bans().total, MAX_BANS - 9);
});
