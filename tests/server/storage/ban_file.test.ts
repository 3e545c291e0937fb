import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { BanError, type BanFile, openBans, openSqliteStore } from "../../../server/storage/mod.ts";
import { FakeStoreEnvironment, inDirectory, NOON } from "./samples.ts";

/** Opens the bans of a folder for one call. */
async function change<Result>(folder: string, work: (file: BanFile) => Result): Promise<Result> {
  const file = await openBans(folder);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

const TARGETS = ["alice", "192.0.2.1", "192.0.2.0/24", "2001:db8::/64"] as const;

/** A store with a ban on each of {@link TARGETS}, and one that is over an hour after noon. */
function storeWithBans(folder: string) {
  const store = openSqliteStore(folder, {}, new FakeStoreEnvironment());
  const kindOf = (key: string) => key === "alice" ? "name" as const : "address" as const;
  for (const key of TARGETS) store.bans.save({ kind: kindOf(key), key, by: "Op" });
  store.bans.save({ kind: "name", key: "bob", by: "Op", until: NOON + 3_600_000 });
  store.commit();
  return store;
}

for (const isRunning of [false, true]) {
  const when = isRunning ? "beside a server" : "without a server";
  Deno.test(`ban file: bans are listed and removed ${when}`, () =>
    inDirectory(async (folder) => {
      const store = storeWithBans(folder);
      if (!isRunning) store.close();
      try {
        const keysAt = (time: number) =>
          change(folder, (file) => file.list(time).map(({ key }) => key).toSorted());
        assertEquals(await keysAt(NOON), [...TARGETS, "bob"].toSorted());
        assertEquals(
          await keysAt(NOON + 3_600_000),
          TARGETS.toSorted(),
          "expired bans are not listed",
        );
        const written = ["ALICE", " 192.0.2.1 ", "192.0.2.77/24", "2001:DB8::5"];
        for (const [index, target] of written.entries()) {
          assertEquals(await change(folder, (file) => file.remove(target).key), TARGETS[index]);
          await change(folder, (file) => assertThrows(() => file.remove(target), BanError));
        }
        assertEquals(await keysAt(NOON), ["bob"]);
      } finally {
        store.close();
      }
    }));
}

Deno.test("ban file: a running server applies a removal, and does not restore the ban", () =>
  inDirectory(async (folder) => {
    const store = storeWithBans(folder);
    const { bans } = store;
    assertEquals(bans.refresh(), []);
    await change(folder, (file) => file.remove("192.0.2.0/24"));
    assertEquals(bans.find("address", "192.0.2.9", NOON)?.key, "192.0.2.0/24", "not yet");
    bans.save({ kind: "name", key: "carol", by: "Op" });
    assertEquals(bans.refresh().map(({ key }) => key), ["192.0.2.0/24"]);
    assertEquals(bans.refresh(), []);
    assertEquals(bans.find("address", "192.0.2.9", NOON), undefined);
    assertEquals(bans.find("address", "192.0.2.1", NOON)?.key, "192.0.2.1", "another ban");
    store.commit();
    await change(folder, (file) => file.remove("alice"));
    bans.save({ kind: "name", key: "alice", by: "Op" });
    store.commit();
    assertEquals(bans.refresh(), [], "it was banned again since");
    await change(folder, (file) => file.remove("alice"));
    bans.save({ kind: "name", key: "alice", by: "Op" });
    assertEquals(bans.refresh(), [], "and again, which is not written yet");
    store.close();
    const again = openSqliteStore(folder, {}, new FakeStoreEnvironment());
    const keys = [...again.bans.all()].map(({ key }) => key).toSorted();
    assertEquals(keys, ["alice", "192.0.2.1", "2001:db8::/64", "bob", "carol"].toSorted());
    again.close();
  }));

Deno.test("ban file: a folder without data is refused, and not created", () =>
  inDirectory(async (folder) => {
    const nowhere = join(folder, "nowhere");
    await assertRejects(() => openBans(nowhere), BanError, "no data");
    await assertRejects(() => Deno.stat(nowhere), Deno.errors.NotFound);
  }));
