import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { randomBytes } from "node:crypto";
import { isSecretOf, newApiToken, parseApiToken } from "../../../server/accounts/api_tokens.ts";
import { TokenVerifier } from "../../../server/accounts/token_verifier.ts";
import { LoginRefusals } from "../../../server/observability/bounded_logs.ts";
import type { LogFields } from "../../../server/observability/log.ts";
import { MemoryAccounts } from "../../../server/storage/accounts.ts";
import type { ApiToken } from "../../../server/storage/store.ts";
import { accountOf } from "../chat.ts";

const ADDRESS = "192.0.2.7";

class Scene {
  readonly accounts = new MemoryAccounts();
  readonly stored = new Map<string, ApiToken>();
  readonly uses: [id: string, time: number][] = [];
  readonly audits: [event: string, fields: LogFields | undefined][] = [];
  now = 1_000_000_000_000;
  monotonic = 0;
  readonly #verifier: TokenVerifier;

  constructor() {
    const log = {
      audit: (event: string, fields?: LogFields) => void this.audits.push([event, fields]),
    };
    this.#verifier = new TokenVerifier({
      accounts: this.accounts,
      tokens: {
        find: (id) => this.stored.get(id),
        use: ({ id }, now) => void this.uses.push([id, now]),
      },
      clock: { now: () => this.now, monotonic: () => this.monotonic },
      log,
      refusals: new LoginRefusals(log, () => {}),
    });
  }

  /** Adds an account with a token. */
  add(name: string, fields: Partial<ApiToken> = {}): string {
    const account = { ...accountOf(name, "x"), createdAt: this.now };
    this.accounts.save(account);
    const { token, id, secretHash } = newApiToken(randomBytes);
    const { key: accountKey } = account;
    const stored = { id, secretHash, accountKey, label: "", createdAt: this.now, ...fields };
    this.stored.set(id, stored);
    return token;
  }

  /** The name of the account of a token, or the code of the error. */
  verify(token: string, address = ADDRESS): string {
    const { value, error } = this.#verifier.verify(token, address);
    if (error?.code !== "too_many_attempts") {
      assertEquals(this.#verifier.accountOf(token), value, "later checks agree");
    }
    return error?.code ?? value!.name;
  }
}

Deno.test("API tokens: a token has an id and 160 random bits, and only its hash is stored", () => {
  const one = newApiToken(randomBytes);
  assertMatch(one.token, /^hub_[0-9a-f]{8}_[0-9a-f]{40}$/);
  assertMatch(one.secretHash, /^[0-9a-f]{64}$/);
  const { id, secret } = parseApiToken(one.token)!;
  assertEquals(id, one.id);
  assert(isSecretOf(secret, one.secretHash));
  assertNotEquals(newApiToken(randomBytes).token, one.token);
  for (const hash of ["", "zz", one.secretHash.slice(2), one.secretHash + "00", "0".repeat(64)]) {
    assertEquals(isSecretOf(secret, hash), false);
  }
});

Deno.test("API tokens: nothing but a whole token is one", () => {
  const token = `hub_${"0a".repeat(4)}_${"0b".repeat(20)}`;
  assert(parseApiToken(token) !== undefined);
  for (
    const text of [
      "",
      "hub_",
      token.slice(1),
      token.slice(0, -1),
      token + "0",
      token + "\n",
      token + "\0",
      ` ${token}`,
      token.toUpperCase(),
      token.replace("0b", "0ß"),
      token.replaceAll("_", "-"),
      "x".repeat(16_000),
    ]
  ) assertEquals(parseApiToken(text), undefined, text.slice(0, 80));
});

Deno.test("token verifier: a token is that of its account, until it expires or the account ends", () => {
  const scene = new Scene();
  const [ann, bob] = [scene.add("Ann"), scene.add("Bob", { expiresAt: scene.now + 1000 })];
  assertEquals([scene.verify(ann), scene.verify(bob)], ["Ann", "Bob"]);
  assertEquals(scene.uses.map(([, time]) => time), [scene.now, scene.now]);
  scene.now += 1000;
  assertEquals([scene.verify(ann), scene.verify(bob)], ["Ann", "invalid_token"]);
  scene.accounts.remove("ann");
  assertEquals(scene.verify(ann), "invalid_token");
  // Another user has registered the name before the removal was written.
  scene.accounts.save({ ...accountOf("Ann", "y"), createdAt: scene.now });
  assertEquals(scene.verify(ann), "invalid_token");
  assertEquals(scene.audits, []);
});

Deno.test("token verifier: a new password does not end tokens", () => {
  const scene = new Scene();
  const token = scene.add("Ann");
  scene.now += 1000;
  scene.accounts.save({ ...accountOf("Ann", "another"), createdAt: scene.now });
  assertEquals(scene.verify(token), "Ann");
});

Deno.test("token verifier: guesses are limited per address, which delay no right or expired token", () => {
  const scene = new Scene();
  const [ann, old] = [scene.add("Ann"), scene.add("Bob", { expiresAt: scene.now })];
  const { id } = parseApiToken(ann)!;
  for (let count = 0; count < 100; count++) {
    assertEquals([scene.verify(ann), scene.verify(old)], ["Ann", "invalid_token"]);
  }
  const guesses = ["", "hub_", `hub_${id}_${"0".repeat(40)}`, newApiToken(randomBytes).token];
  for (let count = 0; count < 20; count++) {
    assertEquals(scene.verify(guesses[count % guesses.length]!), "invalid_token");
  }
  assertEquals(scene.audits, new Array(20).fill(["wrong token", { address: ADDRESS }]));
  assertEquals(
    [scene.verify(guesses[0]!), scene.verify(ann), scene.verify(old)],
    ["too_many_attempts", "Ann", "invalid_token"],
  );
  assertEquals(scene.verify(guesses[0]!, "192.0.2.8"), "invalid_token");
  scene.monotonic += 6000;
  assertEquals(scene.verify(guesses[0]!), "invalid_token");
  assertEquals(scene.verify(guesses[0]!), "too_many_attempts");
});
