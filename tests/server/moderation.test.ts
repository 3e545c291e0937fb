import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Moderation } from "../../server/moderation.ts";
import { RowBans } from "../../server/storage/bans.ts";
import { FakeClock, memberOf } from "./fakes.ts";

const OP = memberOf("Op");
const MINUTE = 60_000;

/** Moderation without anybody in it. */
function moderationOf(...operators: string[]) {
  const clock = new FakeClock();
  return { clock, moderation: new Moderation(new RowBans(new Map()), clock, operators) };
}

Deno.test("moderation: an operator's name is one however it is written", () => {
  const { moderation } = moderationOf("Op", "Zoë");
  for (const name of ["Op", "OP", " op ", "\uff2f\uff50", "zoe\u0308"]) {
    assertEquals(moderation.isOperatorName(name), true, name);
  }
  for (const name of ["Opp", "", "Zoe"]) assertEquals(moderation.isOperatorName(name), false, name);
  assertEquals(moderation.hasOperators, true);
  assertEquals(moderationOf().moderation.hasOperators, false);
});

Deno.test("moderation: who is not banned may come in", () => {
  assertEquals(moderationOf().moderation.refusal("Alice", "192.0.2.1"), undefined);
});

Deno.test("moderation: a banned name is refused however it is written, from wherever", () => {
  const { moderation } = moderationOf();
  assertEquals(moderation.ban(OP, "Alice"), { value: { kind: "name", key: "alice" } });
  for (const name of ["Alice", "ALICE", "\uff21lice"]) {
    assertEquals(moderation.refusal(name, "198.51.100.7"), {
      code: "banned",
      text: "You are banned from this server.",
    });
  }
  assertEquals(moderation.refusal("Alicia", "198.51.100.7"), undefined);
});

Deno.test("moderation: a banned address is refused whatever the name, and without one", () => {
  const { moderation } = moderationOf();
  for (const address of ["192.0.2.1", "2001:db8::1"]) {
    assertEquals(moderation.ban(OP, address), { value: { kind: "address", key: address } });
    for (const name of ["Alice", undefined]) {
      assertEquals(moderation.refusal(name, address)?.code, "banned");
    }
  }
  assertEquals(moderation.refusal("Alice", "192.0.2.10"), undefined);
  assertEquals(moderation.refusal("192.0.2.1", "192.0.2.10"), undefined, "it is no name");
});

Deno.test("moderation: an IPv6 address is one however it is written", () => {
  for (const written of ["2001:DB8::1", "2001:db8:0:0:0:0:0:1"]) {
    const { moderation } = moderationOf();
    moderation.ban(OP, written);
    assertEquals(moderation.refusal("Alice", "2001:db8::1")?.code, "banned", written);
    assertEquals(moderation.unban("2001:db8::1"), true);
  }
});

Deno.test("moderation: a ban ends when its time is over, and says until when it is", () => {
  const { clock, moderation } = moderationOf();
  moderation.ban(OP, "Alice", "10m");
  const text = moderation.refusal("Alice", "192.0.2.1")!.text;
  const until = new Date(clock.now() + 10 * MINUTE).toISOString();
  assertStringIncludes(text, ` until ${until.slice(0, 10)} ${until.slice(11, 16)} UTC.`);
  clock.advance(10 * MINUTE - 1);
  assertEquals(moderation.refusal("Alice", "192.0.2.1")?.code, "banned");
  clock.advance(1);
  assertEquals(moderation.refusal("Alice", "192.0.2.1"), undefined);
});

Deno.test("moderation: the last ban on somebody is the one that holds", () => {
  const { clock, moderation } = moderationOf();
  moderation.ban(OP, "Alice");
  moderation.ban(OP, "alice", "1m");
  clock.advance(MINUTE);
  assertEquals(moderation.refusal("Alice", "192.0.2.1"), undefined);
});

Deno.test("moderation: a ban can be taken back, once", () => {
  const { moderation } = moderationOf();
  moderation.ban(OP, "Alice");
  moderation.ban(OP, "192.0.2.1");
  assertEquals([moderation.unban("ALICE"), moderation.unban("Alice")], [true, false]);
  assertEquals([moderation.unban("192.0.2.1"), moderation.unban("192.0.2.2")], [true, false]);
  assertEquals(moderation.refusal("Alice", "192.0.2.1"), undefined);
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
    assert(moderation.mute(alice.key, written).value);
    clock.advance(milliseconds - 1);
    assertEquals(moderation.silence(alice)?.code, "muted");
    clock.advance(1);
    assertEquals(moderation.silence(alice), undefined);
  });
}

const NO_DURATIONS = ["", " ", "0s", "0d", "10", "m", "10 m", "1.5h", "-1m", "10min", "1w", "10M"];
for (const written of [...NO_DURATIONS, "3651d", "87601h", "1234567s", "1e3s", "Infinity", "١s"]) {
  Deno.test(`moderation: "${written}" is no duration, and nobody is banned or muted for it`, () => {
    const { moderation } = moderationOf();
    const alice = memberOf("Alice");
    assertEquals(moderation.ban(OP, "Alice", written).error?.code, "invalid_duration");
    assertEquals(moderation.mute(alice.key, written).error?.code, "invalid_duration");
    assertEquals(moderation.refusal("Alice", "192.0.2.1"), undefined);
    assertEquals(moderation.silence(alice), undefined);
  });
}

Deno.test("moderation: without a duration a mute lasts until it is taken back", () => {
  const { clock, moderation } = moderationOf();
  const alice = memberOf("Alice");
  moderation.mute("alice");
  clock.advance(10 * 365 * 86_400_000);
  assertEquals(moderation.silence(alice), {
    code: "muted",
    text: "An operator has muted you. Nobody hears what you say.",
  });
  assertEquals(moderation.silence(memberOf("Bob")), undefined);
  assertEquals([moderation.unmute("alice"), moderation.unmute("alice")], [true, false]);
  assertEquals(moderation.silence(alice), undefined);
});

Deno.test("moderation: a mute holds for the name, whoever comes back with it", () => {
  const { moderation } = moderationOf();
  moderation.mute("alice", "1h");
  assertEquals(moderation.silence(memberOf("ALICE"))?.code, "muted");
});

Deno.test("moderation: a mute follows a change of name, and frees the old one", () => {
  const { moderation } = moderationOf();
  moderation.mute("alice");
  moderation.renamed("alice", "ann");
  assertEquals(moderation.silence(memberOf("Ann"))?.code, "muted");
  assertEquals(moderation.silence(memberOf("Alice")), undefined);
  moderation.renamed("ann", "ann");
  assertEquals(moderation.silence(memberOf("Ann"))?.code, "muted");
  moderation.renamed("bob", "robert");
  assertEquals(moderation.silence(memberOf("Robert")), undefined);
});
