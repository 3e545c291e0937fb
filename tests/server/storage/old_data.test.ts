/** A data folder of the first version of the schema, which every later one opens. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkPassword } from "../../../server/accounts/password.ts";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import type { Store } from "../../../server/storage/store.ts";
import { writeOldData } from "../../support/old_data.ts";
import { fillDisk, freeDisk, onSmallDisk } from "../../support/small_disk.ts";
import { inDirectory, NOON, range, say, seqs } from "./samples.ts";

/** Checks that the contents of the fixture are present. */
async function assertPresent(store: Store): Promise<void> {
  const [oldest, quoted, action] = store.history.read("lobby", { limit: 10, before: 4 })
    .map(({ message }) => message);
  assertEquals(oldest!.text, "the oldest message");
  assertEquals([quoted!.from, quoted!.text], ["Zoë", 'größer "quoted"']);
  assertEquals(action!.action, true);
  assertEquals(seqs(store, "tea"), [1]);
  assertEquals(store.topics.find("tea")?.text, "Größe");
  const [session] = store.sessions.all();
  assertEquals([session!.name, session!.lastWhisper, session!.hasLeft], ["Ann", 1, false]);
  assertEquals(session!.rooms, [{ name: "lobby", since: 0 }]);
  assertEquals(store.sessions.whispersAfter(1, 0).map(({ frame }) => frame.text), ["psst"]);
  assertEquals(store.sessions.nextNumber() > 2, true);
  assertEquals(store.bans.find("name", "mallory", NOON)?.reason, "spam");
  assertEquals(store.bans.find("address", "2001:db8::2", NOON)?.key, "2001:db8::/64");
  const account = store.accounts!.find("op")!;
  assertEquals([account.name, account.isOperator], ["Op", false]);
  assert(await checkPassword("open sesame", account.passwordHash));
}

Deno.test("old data: the first version is brought up to date, once, and loses nothing", () =>
  inDirectory(async (directory) => {
    await writeOldData(directory);
    for (const last of [3, 13, 23]) {
      const store = openSqliteStore(directory);
      await assertPresent(store);
      assertEquals(seqs(store), range(1, last));
      say(store, last + 1, last + 10);
      store.close();
    }
  }));

Deno.test("old data: without room for the new schema it is refused, and stays complete", () =>
  onSmallDisk(async (disk) => {
    // Each step of the migration needs more of it.
    let [refused, opened] = [0, 0];
    for (let free = 0; free <= 320; free += 16) {
      const directory = `${disk}/data`;
      await writeOldData(directory);
      fillDisk(disk, free * 1024);
      try {
        openSqliteStore(directory).close();
        opened++;
      } catch (error) {
        assert(error instanceof StorageError, String(error));
        assertEquals(
          error.message,
          `Cannot open the data in ${directory}: the disk is full. Free some space.`,
        );
        refused++;
      }
      freeDisk(disk);
      const store = openSqliteStore(directory);
      await assertPresent(store);
      store.close();
      Deno.removeSync(directory, { recursive: true });
    }
    assert(refused > 3 && opened > 3, `${refused} times refused, ${opened} times opened`);
  }));

Deno.test("full disk: a new folder is refused at any stage of its making, and can be used later", () =>
  onSmallDisk((disk) => {
    let [refused, opened] = [0, 0];
    for (let free = 0; free <= 320; free += 16) {
      fillDisk(disk, free * 1024);
      const directory = `${disk}/data`;
      const open = () => openSqliteStore(directory).close();
      try {
        open();
        opened++;
      } catch {
        assertThrows(open, StorageError, "the disk is full. Free some space.");
        refused++;
      }
      freeDisk(disk);
      open();
      Deno.removeSync(directory, { recursive: true });
    }
    assert(refused > 3 && opened > 3, `${refused} times refused, ${opened} times opened`);
  }));
