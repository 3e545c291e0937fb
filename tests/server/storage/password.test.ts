import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { randomBytes } from "node:crypto";
import {
  checkPassword,
  hashPassword,
  isPassword,
  WorkQueue,
  WorkQueueFullError,
} from "../../../server/storage/mod.ts";
import { normalizeSecret } from "../../../server/storage/password.ts";

const zeros = (length: number) => new Uint8Array(length);

Deno.test("password: a hash is what scrypt makes of it, with all that is needed to check it", async () => {
  // Made by Python: hashlib.scrypt(b"secret", salt=bytes(16), n=2**15, r=8, p=1, dklen=32,
  // maxmem=2**26).
  const expected =
    "scrypt$15$8$1$AAAAAAAAAAAAAAAAAAAAAA$V0rqvZ00bqpd8Ah59q3PrCp6afAqlSNr1OAwcIDMnj8";
  assertEquals(await hashPassword("secret", zeros), expected);
  assert(await checkPassword("secret", expected));
  assert(!await checkPassword("Secret", expected));
  assert(!await checkPassword("", expected));
});

Deno.test("password: the same one twice has two hashes, and both are right", async () => {
  const [first, second] = await Promise.all([
    hashPassword("pass wörd 🔑", randomBytes),
    hashPassword("pass wörd 🔑", randomBytes),
  ]);
  assert(first !== second);
  assert(await checkPassword("pass wörd 🔑", first));
  assert(await checkPassword("pass wo\u0308rd 🔑", second), "however it was typed");
});

Deno.test("password: 1 to 256 characters after normalization", async () => {
  assert(isPassword("a"));
  assert(isPassword("🔑".repeat(256)));
  assert(isPassword("o\u0308".repeat(256)));
  assert(!isPassword(""));
  assert(!isPassword("a".repeat(257)));
  assert(!isPassword("\ufdfa".repeat(20)), "one character that becomes 18");
  assert(!isPassword("a".repeat(10_000_000)));
  await assertRejects(() => hashPassword("", zeros), RangeError, "1 to 256 characters");
});

Deno.test("password: what is no hash is refused", async () => {
  const salt = "AAAAAAAAAAAAAAAAAAAAAA", hash = "A".repeat(43);
  const rows = [
    "",
    "secret",
    `bcrypt$15$8$1$${salt}$${hash}`,
    `scrypt$15$8$1$${salt}$${hash}A`,
    `scrypt$15$8$1$${salt}$`,
    `scrypt$31$8$1$${salt}$${hash}`,
    `scrypt$0$8$1$${salt}$${hash}`,
    `scrypt$15$99$1$${salt}$${hash}`,
  ];
  for (const row of rows) {
    await assertRejects(() => checkPassword("a", row), SyntaxError, "no scrypt hash", row);
  }
});

Deno.test("password: too many at a time are refused with an error of their own", async () => {
  const queue = new WorkQueue(1, 1);
  const results = await Promise.allSettled([1, 2, 3].map(() => hashPassword("a", zeros, queue)));
  assertEquals(results.map(({ status }) => status), ["fulfilled", "fulfilled", "rejected"]);
  assertInstanceOf((results[2] as PromiseRejectedResult).reason, WorkQueueFullError);
});

Deno.test("work queue: so many at a time, in order, and a failure makes room too", async () => {
  const queue = new WorkQueue(2, 64);
  const started: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const runs = gates.map(({ promise }, index) =>
    queue.run(() => {
      started.push(index);
      return promise;
    })
  );
  const settled = Promise.allSettled(runs);
  assertEquals(started, [0, 1]);
  gates[1]!.resolve(1);
  await runs[1];
  await Promise.resolve();
  assertEquals(started, [0, 1, 2]);
  gates[2]!.reject(new Error("broken"));
  await runs[2]!.catch(() => {});
  await Promise.resolve();
  assertEquals(started, [0, 1, 2, 3]);
  for (const gate of gates) gate.resolve(0);
  await settled;
  assertEquals(started, [0, 1, 2, 3, 4]);
  assertEquals(await queue.run(() => Promise.resolve("free")), "free");
});

Deno.test("password: a text whose normal form costs much is none, and is not normalized", () => {
  assertEquals(isPassword("\u212b".repeat(256)), true);
  assertEquals(normalizeSecret("\uff41"), "a");
  const refused = [
    "x".repeat(1025),
    "a" + "\u0315\u0300".repeat(16),
    "a" + "\uff9e\u0315".repeat(16),
    "a" + "\u0315\u0300\u05ae\u0344".repeat(8000),
  ];
  for (const text of refused) {
    assertEquals(normalizeSecret(text), undefined);
    assertEquals(isPassword(text), false);
  }
});
