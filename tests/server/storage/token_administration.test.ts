import { join } from "node:path";
import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { AccountError, openAccounts } from "../../../server/storage/administration.ts";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import {
  MAX_LABEL_LENGTH,
  MAX_TOKENS_PER_ACCOUNT,
  openTokens,
  type TokenFile,
} from "../../../server/storage/token_administration.ts";
import { writeOldData } from "../../support/old_data.ts";
import { FakeStoreEnvironment, inDirectory, NOON } from "./samples.ts";

const HOUR = 3_600_000;
/** Accounts are added at the time of the machine. */
const NOW = Date.now() + HOUR;

/** A token with this id. */
const secret = (id: number) => ({
  id: id.toString(16).padStart(8, "0"),
  secretHash: "ab".repeat(32),
});
const ONE = secret(1).id;

async function withTokens<Result>(
  folder: string,
  work: (file: TokenFile) => Result,
): Promise<Result> {
  const file = await openTokens(folder);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

async function addAccounts(folder: string, ...names: string[]): Promise<void> {
  const file = await openAccounts(folder);
  for (const name of names) file.add(name, "scrypt", false);
  file.close();
}

const ids = (folder: string) =>
  withTokens(folder, (file) => file.list().map(({ id }) => parseInt(id, 16)));

Deno.test("token file: tokens are added to accounts, listed and removed", () =>
  inDirectory(async (folder) => {
    await addAccounts(folder, "Zoë", "Ann");
    await withTokens(folder, (file) => {
      const token = {
        ...secret(3),
        accountKey: "zoë",
        accountName: "Zoë",
        label: "",
        createdAt: NOW,
      };
      assertEquals(file.add("ZOE\u0308", secret(3), {}, NOW), token);
      const terms = { label: " a\nb\u001b ", expiresAt: NOW + 1 };
      file.add("ann", secret(2), terms, NOW + 1);
      file.add("ann", secret(1), {}, NOW);
      assertEquals(file.list().map(({ id }) => parseInt(id, 16)), [1, 2, 3]);
      const { label, expiresAt, usedAt } = file.list()[1]!;
      assertEquals([label, expiresAt, usedAt], ["a b", NOW + 1, undefined]);
      assertEquals(file.remove(ONE).accountName, "Ann");
    });
    assertEquals(await ids(folder), [2, 3]);
  }));

Deno.test("token file: refuses invalid changes without any effect", () =>
  inDirectory(async (folder) => {
    await addAccounts(folder, "Ann", "Bob");
    await withTokens(folder, (file) => {
      for (let id = 1; id <= MAX_TOKENS_PER_ACCOUNT; id++) {
        file.add("Ann", secret(id), { expiresAt: id === 1 ? NOW + 1 : undefined }, NOW);
      }
      const label = "🙂".repeat(MAX_LABEL_LENGTH);
      const cases: readonly (readonly [code: string, () => unknown])[] = [
        ["too_many", () => file.add("Ann", secret(99), {}, NOW)],
        ["missing", () => file.add("Carl", secret(99), {}, NOW)],
        ["missing", () => file.add("a\u001b", secret(99), {}, NOW)],
        ["label", () => file.add("Bob", secret(99), { label: label + "x" }, NOW)],
        ["missing", () => file.remove("")],
        ["missing", () => file.remove("1")],
      ];
      for (const [code, work] of cases) {
        assertEquals((assertThrows(work, AccountError) as AccountError).code, code);
      }
      assertEquals(file.list().length, MAX_TOKENS_PER_ACCOUNT);
      file.add("Bob", secret(98), { label }, NOW);
      // The first has expired, and makes room.
      file.add("Ann", secret(99), {}, NOW + 1);
      assertEquals(file.list().filter(({ id }) => id === ONE), []);
    });
    const error = await assertRejects(() => openTokens(join(folder, "nowhere")));
    assertInstanceOf(error, AccountError);
    assertEquals(error.code, "no_data");
  }));

Deno.test("token file: whatever removes an account removes its tokens", () =>
  inDirectory(async (folder) => {
    await addAccounts(folder, "Ann", "Bob", "Carl");
    await withTokens(folder, (file) => {
      for (const [id, name] of ["Ann", "Bob", "Carl"].entries()) {
        file.add(name, secret(id), {}, NOW);
      }
    });
    const accounts = await openAccounts(folder);
    accounts.remove("Ann");
    accounts.setPassword("Carl", "another");
    accounts.close();
    assertEquals(await ids(folder), [1, 2]);
    const store = openSqliteStore(folder, {}, new FakeStoreEnvironment());
    const bob = store.accounts!.find("bob")!;
    store.accounts!.remove("bob");
    store.accounts!.save(bob);
    store.commit();
    store.close();
    assertEquals(await ids(folder), [2]);
  }));

Deno.test("token file: a running server reads each change at once, and writes uses once per hour", () =>
  inDirectory(async (folder) => {
    await addAccounts(folder, "Ann");
    const store = openSqliteStore(folder, {}, new FakeStoreEnvironment());
    try {
      const tokens = store.tokens!;
      assertEquals(tokens.find(ONE), undefined);
      await withTokens(folder, (file) => file.add("Ann", secret(1), {}, NOW));
      const use = (time: number) => {
        tokens.use(tokens.find(ONE)!, time);
        store.commit();
        return tokens.find(ONE)?.usedAt;
      };
      assertEquals(tokens.find(ONE)?.usedAt, undefined);
      const { commits } = store.statistics;
      assertEquals([NOW, NOW + HOUR - 1, NOW + HOUR].map(use), [NOW, NOW, NOW + HOUR]);
      assertEquals(store.statistics.commits - commits, 2);
      tokens.use(tokens.find(ONE)!, NOW + 3 * HOUR);
      await withTokens(folder, (file) => file.remove(ONE));
      store.commit();
      assertEquals([tokens.find(ONE), store.failure], [undefined, undefined]);
    } finally {
      store.close();
    }
  }));

Deno.test("token file: the accounts of the first version of the data get tokens", () =>
  inDirectory(async (folder) => {
    await writeOldData(folder);
    const added = await withTokens(folder, (file) => file.add("Op", secret(1), {}, NOON));
    assertEquals(await ids(folder), [1]);
    assert(added.createdAt >= NOON);
  }));
