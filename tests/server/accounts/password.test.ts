import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { randomBytes } from "node:crypto";
import {
  checkPassword,
  createPasswordQueue,
  hashPassword,
  isPassword,
  normalizeSecret,
} from "../../../server/accounts/password.ts";
import { WorkQueue, WorkQueueFullError } from "../../../server/accounts/work_queue.ts";
import { EAGER_QUEUE } from "../../support/accounts.ts";

const zeros = (length: number) => new Uint8Array(length);

Deno.test("password: a hash contains all parameters of its check", async () => {
  // Made by Python: hashlib.scrypt(b"open sesame", salt=bytes(16), n=2**15, r=8, p=1, dklen=32,
  // maxmem=2**26).
  const expected =
    "scrypt$15$8$1$AAAAAAAAAAAAAAAAAAAAAA$ttq6kGet-UdlilktJ7_4ElFiqFac_Ksbjf9FVpDzORA";
  assertEquals(await hashPassword("open sesame", zeros, EAGER_QUEUE), expected);
  assert(await checkPassword("open sesame", expected));
  assert(!await checkPassword("Open sesame", expected));
  assert(!await checkPassword("", expected));
});

Deno.test("password: two hashes of one password differ, and both are right", async () => {
  const [first, second] = await Promise.all([
    hashPassword("pass wörd 🔑", randomBytes, EAGER_QUEUE),
    hashPassword("pass wörd 🔑", randomBytes, EAGER_QUEUE),
  ]);
  assert(first !== second);
  assert(await checkPassword("pass wörd 🔑", first));
  assert(await checkPassword("pass wo\u0308rd 🔑", second), "in any normal form");
});

Deno.test("password: checks an old one that is too short today", async () => {
  // Made by Python as above, of b"secret".
  const hash = "scrypt$15$8$1$AAAAAAAAAAAAAAAAAAAAAA$V0rqvZ00bqpd8Ah59q3PrCp6afAqlSNr1OAwcIDMnj8";
  assert(await checkPassword("secret", hash));
  assert(!await checkPassword("secreT", hash));
});

Deno.test("password: 8 to 256 characters after normalization", async () => {
  assert(isPassword("abcdefgh"));
  assert(isPassword("🔑".repeat(8)));
  assert(isPassword("🔑".repeat(256)));
  assert(isPassword("o\u0308".repeat(256)));
  assert(!isPassword(""));
  assert(!isPassword("abcdefg"));
  assert(!isPassword("o\u0308".repeat(7)));
  assert(!isPassword("a".repeat(257)));
  assert(!isPassword("\ufdfa".repeat(20)), "one character that becomes 18");
  assert(!isPassword("a".repeat(10_000_000)));
  await assertRejects(() => hashPassword("short", zeros), RangeError, "8 to 256 characters");
});

Deno.test("password: refuses an invalid hash", async () => {
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
    await assertRejects(
      () => checkPassword("a", row),
      SyntaxError,
      "its stored hash is not one of scrypt",
      row,
    );
  }
});

Deno.test("password: refuses too many at a time with an error of their own", async () => {
  const queue = new WorkQueue({
    "known login": { atOnce: 1, maxWaiting: 1 },
    "login": { atOnce: 1, maxWaiting: 1 },
    "registration": { atOnce: 1, maxWaiting: 1 },
  });
  const results = await Promise.allSettled(
    [1, 2, 3].map(() => hashPassword("abcdefgh", zeros, queue)),
  );
  assertEquals(results.map(({ status }) => status), ["fulfilled", "fulfilled", "rejected"]);
  assertInstanceOf((results[2] as PromiseRejectedResult).reason, WorkQueueFullError);
});

Deno.test("password: hashing leaves a core of several to the network", async () => {
  for (const [cores, atOnce] of [[1, 1], [2, 1], [3, 2], [64, 2]] as const) {
    const queue = createPasswordQueue(cores);
    const gate = Promise.withResolvers<void>();
    let running = 0;
    const hash = () => (running++, gate.promise);
    const all = [
      queue.run("login", hash),
      queue.run("known login", hash),
      queue.run("login", hash),
    ];
    assertEquals(running, atOnce, `${cores} cores`);
    gate.resolve();
    await Promise.all(all);
  }
});

Deno.test("password: a registration waits for logins, and takes none of their places", async () => {
  const queue = createPasswordQueue();
  const order: string[] = [];
  const run = (work: "login" | "known login" | "registration") =>
    queue.run(work, () => Promise.resolve(void order.push(work)));
  const gates = [1, 2].map(() => Promise.withResolvers<void>());
  const busy = gates.map(({ promise }) => queue.run("login", () => promise));
  const registrations = Promise.allSettled(Array.from({ length: 17 }, () => run("registration")));
  const logins = Promise.all([run("login"), run("known login"), run("login")]);
  for (const gate of gates) gate.resolve();
  await Promise.all([...busy, logins]);
  assertEquals(order.slice(0, 3), ["known login", "login", "login"]);
  const statuses = (await registrations).map(({ status }) => status);
  assertEquals(statuses.filter((status) => status === "fulfilled").length, 16);
  assertEquals(order.length, 19);
});

Deno.test("work queue: runs a bounded number at a time, in order, also after a failure", async () => {
  const queue = new WorkQueue({ task: { atOnce: 2, maxWaiting: 64 } });
  const started: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const runs = gates.map(({ promise }, index) =>
    queue.run("task", () => {
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
  assertEquals(await queue.run("task", () => Promise.resolve("free")), "free");
});

Deno.test("work queue: a resting rank leaves its place to the others", async () => {
  let now = 0;
  const timers: { readonly at: number; readonly run: () => void }[] = [];
  const environment = {
    monotonic: () => now,
    after: (milliseconds: number, run: () => void) => timers.push({ at: now + milliseconds, run }),
  };
  const ranks = {
    login: { atOnce: 1, maxWaiting: 9 },
    registration: { atOnce: 1, maxWaiting: 9, restFactor: 3 },
  };
  const queue = new WorkQueue(ranks, environment);
  const order: string[] = [];
  const run = (rank: keyof typeof ranks, name: string) =>
    queue.run(rank, () => {
      now += 100;
      order.push(name);
      return Promise.resolve();
    });
  await run("registration", "first");
  const second = run("registration", "second");
  await run("login", "login");
  assertEquals(order, ["first", "login"]);
  assertEquals(timers.map(({ at }) => at), [400]);
  now = 400;
  timers[0]!.run();
  await second;
  assertEquals(order, ["first", "login", "second"]);
});

Deno.test("password: refuses a text with an expensive normal form, without normalizing it", () => {
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
