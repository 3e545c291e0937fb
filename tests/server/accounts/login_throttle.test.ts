import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  KnownAddresses,
  LoginThrottle,
  MAX_KNOWN_ADDRESSES,
} from "../../../server/accounts/login_throttle.ts";

const MINUTE = 60_000;
const HOME = "192.0.2.1";

function throttleOf(maxAccounts = 10) {
  const known = new KnownAddresses(new Map());
  return { known, throttle: new LoginThrottle(known, maxAccounts) };
}

/** The number of wrong guesses that are checked. */
function guesses(
  throttle: LoginThrottle,
  count: number,
  addressOf: (number: number) => string,
  now: number,
  account = "alice",
): number {
  let checked = 0;
  for (let number = 0; number < count; number++) {
    if (throttle.begin(account, addressOf(number), now).attempt !== undefined) checked++;
  }
  return checked;
}

Deno.test("login throttle: three wrong guesses from an address, then one per minute, with the seconds to wait", () => {
  const { throttle } = throttleOf();
  assertEquals(guesses(throttle, 100, () => HOME, 0), 3);
  assertEquals(throttle.begin("alice", HOME, 0), { retrySeconds: 60 });
  assertEquals(throttle.begin("alice", HOME, 59_001), { retrySeconds: 1 });
  assertEquals(guesses(throttle, 100, () => HOME, MINUTE), 1);
  assertEquals(guesses(throttle, 100, () => HOME, 1000 * MINUTE), 3, "the failures have expired");
});

Deno.test("login throttle: no minute has more than 10 guesses at an account, from any address", () => {
  fc.assert(fc.property(
    fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 20_000 }),
        address: fc.integer({ min: 0, max: 30 }),
      }),
      { minLength: 50, maxLength: 400 },
    ),
    fc.integer({ min: 0, max: MAX_KNOWN_ADDRESSES }),
    (attempts, knownCount) => {
      const { known, throttle } = throttleOf();
      for (let number = 0; number < knownCount; number++) known.add("alice", `192.0.2.${number}`);
      const checked: number[] = [];
      let now = 0;
      for (const { wait, address } of attempts) {
        now += wait;
        const { attempt } = throttle.begin("alice", `192.0.2.${address}`, now);
        if (attempt === undefined) continue;
        checked.push(now);
        assert(checked.filter((time) => time > now - MINUTE).length <= 10);
      }
    },
  ));
});

Deno.test("login throttle: at any rate an account has at most 10 guesses in the first minute", () => {
  const { known, throttle } = throttleOf();
  known.add("alice", HOME);
  let checked = 0;
  for (let now = 0; now < MINUTE; now += 100) {
    checked += guesses(throttle, 20, (number) => number === 0 ? HOME : `198.51.100.${number}`, now);
  }
  assert(checked >= 8 && checked <= 10, String(checked));
});

Deno.test("login throttle: unknown addresses cannot lock out a known one", () => {
  const { throttle } = throttleOf();
  throttle.begin("alice", HOME, 0).attempt!.succeed();
  for (let now = 0; now < 10 * MINUTE; now += 1000) {
    guesses(throttle, 50, (number) => `2001:db8:${number}::1`, now);
    if (now % MINUTE !== 0) continue;
    assert(throttle.begin("alice", HOME, now).attempt !== undefined, String(now));
  }
});

Deno.test("login throttle: a right password is not counted, and makes its address known", () => {
  const { throttle, known } = throttleOf();
  for (let count = 0; count < 100; count++) {
    const { attempt } = throttle.begin("alice", HOME, 0);
    assertEquals(attempt?.isKnown, count > 0);
    attempt!.succeed();
  }
  assert(known.has("alice", HOME));
  assert(!known.has("bob", HOME));
});

Deno.test("login throttle: an unchecked password is not counted", () => {
  const { throttle } = throttleOf();
  for (let count = 0; count < 100; count++) throttle.begin("alice", HOME, 0).attempt!.withdraw();
  assertEquals(guesses(throttle, 10, () => HOME, 0), 3);
});

Deno.test("login throttle: IPv6 addresses count by their /64, IPv4-mapped ones as IPv4", () => {
  const { throttle } = throttleOf();
  assertEquals(guesses(throttle, 100, (number) => `2001:db8::${number.toString(16)}`, 0), 3);
  assertEquals(throttle.begin("alice", "2001:db8::ffff:1:2:3", 0).retrySeconds, 60);
  const mapped = throttleOf().throttle;
  assertEquals(guesses(mapped, 10, (number) => number % 2 === 0 ? HOME : `::ffff:${HOME}`, 0), 3);
});

Deno.test("login throttle: an address that guesses at many accounts is refused after 20", () => {
  const { throttle } = throttleOf(1000);
  let checked = 0;
  for (let account = 0; account < 100; account++) {
    checked += guesses(throttle, 1, () => HOME, 0, `account ${account}`);
  }
  assertEquals(checked, 20);
  assertEquals(throttle.begin("alice", HOME, 0), { retrySeconds: 6 });
  assert(throttle.begin("alice", "198.51.100.7", 0).attempt !== undefined);
});

Deno.test("login throttle: guesses at one account do not lock out the user of another", () => {
  const { throttle, known } = throttleOf(1000);
  known.add("bob", HOME);
  for (let account = 0; account < 100; account++) {
    guesses(throttle, 5, () => HOME, 0, `account ${account}`);
  }
  assert(throttle.begin("bob", HOME, 0).attempt !== undefined);
});

Deno.test("login throttle: a million addresses take bounded memory", () => {
  const { throttle } = throttleOf(3);
  for (let number = 0; number < 50_000; number++) {
    const address = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
    throttle.begin(`account ${number % 3}`, address, number * 20_000);
  }
  assert(throttle.size <= 20_000 + 2 * 4, String(throttle.size));
});

Deno.test("login throttle: guesses at the server password are limited per address only", () => {
  const { throttle } = throttleOf();
  const guess = (address: string, now: number) =>
    throttle.beginServer(address, now).attempt !== undefined;
  let checked = 0;
  for (let number = 0; number < 1000; number++) {
    if (guess(`2001:db8::${number.toString(16)}`, 0)) checked++;
    assert(guess(`198.51.100.${number}`, 0), "another address");
  }
  assertEquals(checked, 3, "the addresses of one /64");
  assertEquals(throttle.beginServer("2001:db8::1", 0), { retrySeconds: 60 });
  assert(guess("2001:db8::1", MINUTE));
  assert(!guess("2001:db8::1", MINUTE));
  // A right one is not counted, from any number of users behind one address.
  for (let count = 0; count < 100; count++) throttle.beginServer(HOME, 0).attempt!.succeed();
  assertEquals(guesses(throttle, 100, () => HOME, 0), 3, "counted apart from those at an account");
});

Deno.test("known addresses: the last ones of each account", () => {
  const known = new KnownAddresses(new Map());
  for (let number = 0; number < 1100; number++) known.add("alice", `192.0.2.${number}`);
  const count = (account: string) =>
    Array.from({ length: 1100 }, (_, number) => known.has(account, `192.0.2.${number}`))
      .filter(Boolean).length;
  assertEquals(count("alice"), MAX_KNOWN_ADDRESSES);
  known.add("alice", "192.0.2.1093");
  known.add("alice", "192.0.2.1");
  assertEquals([known.has("alice", "192.0.2.1093"), known.has("alice", "192.0.2.1092")], [
    true,
    false,
  ]);
  known.forget("alice");
  assertEquals(count("alice"), 0);
});

Deno.test("login throttle: guesses from other addresses do not lock out the creator of the account", () => {
  const { throttle } = throttleOf();
  throttle.remember("alice", "2001:db8::1");
  assertEquals(guesses(throttle, 1000, (number) => `198.51.100.${number % 250}`, 0), 4);
  assert(throttle.begin("alice", "2001:db8::2", 0).attempt !== undefined, "the same /64");
});
