import { assert, assertEquals, fail } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import type { Store } from "../../../server/storage/store.ts";
import {
  FakeStoreEnvironment,
  inDirectory,
  NOON,
  range,
  sampleMessage,
  sampleSession,
  sampleWhisper,
} from "./samples.ts";
import { IS_THOROUGH } from "../../support/thorough.ts";

const PAGE_BYTES = 8192;

const ROOMS = range(1, 150).map((number) => `room-with-a-rather-long-name-${number}`);

/** Writes enough data that each table and each index has several pages. */
function fill(store: Store): void {
  const { accounts, bans, topics, sessions, history } = store;
  for (const [index, room] of ROOMS.entries()) {
    for (const seq of range(1, 20)) {
      history.append(room, sampleMessage(seq, { room, text: "some words ".repeat(20) }));
    }
    topics.save(room, { text: "x".repeat(300), by: "Op", time: NOON });
    bans.save({ kind: "name", key: room, by: "Op", reason: "y".repeat(200) });
    accounts!.save({
      key: room,
      name: room,
      passwordHash: "z".repeat(200),
      createdAt: NOON,
      isOperator: false,
    });
    sessions.nextNumber();
    sessions.save(sampleSession(index + 1, { rooms: [{ name: room, since: 0 }] }));
    for (const number of range(1, 5)) {
      sessions.addWhisper(index + 1, sampleWhisper(number, 7), true);
    }
    store.commit();
  }
}

/** Uses all parts of a store: only a `StorageError` may be thrown, and none by a commit. */
function use(store: Store): { failures: number } {
  let failures = 0;
  const attempt = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      assert(/^Cannot read the data in .*: .*\. .*\.$/.test(error.message), error.message);
      failures++;
    }
  };
  for (const [index, room] of ROOMS.entries()) {
    attempt(() => store.history.lastSeq(room));
    attempt(() => store.history.read(room, { limit: 5 }));
    attempt(() => store.history.read(room, { limit: 5, after: 3 }));
    store.accounts!.find(room);
    store.bans.find("name", room, NOON);
    store.topics.find(room);
    store.sessions.whispersAfter(index + 1, 0);
  }
  for (const room of [...ROOMS.slice(0, 5), ...ROOMS.slice(-5), "new"]) {
    store.history.append(room, sampleMessage(100, { room }));
    store.topics.save(room, { text: "new", by: "Op", time: NOON });
    store.bans.remove("name", room);
  }
  store.commit();
  store.forgetRoom(ROOMS[7]!);
  store.commit();
  return { failures };
}

/** The table or index of each page of a database. */
function ownersOfPages(path: string): Map<number, string> {
  const database = new DatabaseSync(path, { readOnly: true });
  const roots = database.prepare("SELECT name, rootpage FROM sqlite_schema").all();
  database.close();
  return new Map(roots.map(({ name, rootpage }) => [Number(rootpage), String(name)]));
}

/** Ways in which a page may be damaged. */
const DAMAGE: Record<string, (page: Uint8Array) => void> = {
  "its header": (page) => page.fill(0xa5, 0, 200),
  "zeros": (page) => page.fill(0),
  "its end": (page) => page.fill(0x1b, PAGE_BYTES - 600),
  "noise": (page) => page.forEach((_, index) => page[index] = (index * 2654435761) >>> 24),
};

/** Runs a test with the bytes of an intact database with several pages per table. */
async function withGood(
  test: (good: Uint8Array, directory: string, roots: Map<number, string>) => void,
) {
  await inDirectory((directory) => {
    const store = openSqliteStore(`${directory}/good`);
    fill(store);
    store.close();
    const path = `${directory}/good/hubbub.db`;
    const roots = ownersOfPages(path);
    const tables = "counters rooms segments sessions whispers accounts bans topics".split(" ");
    for (const table of tables) assert([...roots.values()].includes(table), table);
    test(Deno.readFileSync(path), directory, roots);
  });
}

function damaged(good: Uint8Array, page: number, damage: (page: Uint8Array) => void): Uint8Array {
  const bad = good.slice();
  damage(bad.subarray((page - 1) * PAGE_BYTES, page * PAGE_BYTES));
  return bad;
}

/** The root pages of all tables and indexes, and some others: every fifth in a thorough run. */
function chosenPages(good: Uint8Array, roots: Map<number, string>): number[] {
  const step = IS_THOROUGH ? 5 : 40;
  return range(1, good.length / PAGE_BYTES).filter((page) => roots.has(page) || page % step === 1);
}

for (const [name, damage] of Object.entries(DAMAGE)) {
  for (const isChecked of [true, false]) {
    const size = isChecked ? "checked at the start" : "too large to be checked";
    Deno.test(`damaged pages, ${name}, ${size}: refused with a sentence, or tolerated`, () =>
      withGood((good, directory, roots) => {
        let refused = 0;
        for (const page of chosenPages(good, roots)) {
          const where = `page ${page}, root of ${roots.get(page)}`;
          const data = `${directory}/data`;
          Deno.mkdirSync(data);
          Deno.writeFileSync(`${data}/hubbub.db`, damaged(good, page, damage));
          const environment = Object.assign(
            new FakeStoreEnvironment(),
            isChecked ? {} : { maxCheckedBytes: 0 },
          );
          let store: Store | undefined;
          try {
            store = openSqliteStore(data, {}, environment);
            use(store);
          } catch (error) {
            if (!(error instanceof StorageError)) fail(`${where}: ${error}`);
            assert(
              /^Cannot open the data in .*: the database is damaged\. /.test(error.message),
              `${where}: ${error.message}`,
            );
            refused++;
          } finally {
            store?.close();
          }
          Deno.removeSync(data, { recursive: true });
        }
        assert(refused > 0);
      }));
  }

  Deno.test(`damaged pages, ${name}, while the server has the database open: tolerated`, () =>
    withGood((good, directory, roots) => {
      let failures = 0;
      for (const page of chosenPages(good, roots)) {
        const data = `${directory}/data`;
        Deno.mkdirSync(data);
        Deno.writeFileSync(`${data}/hubbub.db`, good);
        // A database that was checked is in SQLite's cache in part.
        const environment = Object.assign(new FakeStoreEnvironment(), { maxCheckedBytes: 0 });
        const store = openSqliteStore(data, {}, environment);
        Deno.writeFileSync(`${data}/hubbub.db`, damaged(good, page, damage));
        failures += use(store).failures;
        store.close();
        Deno.removeSync(data, { recursive: true });
      }
      if (name !== "its end") assert(failures > 0);
    }));
}

Deno.test("damaged pages: cleans the rest of a message", () =>
  inDirectory((directory) => {
    let store = openSqliteStore(directory);
    store.history.append("lobby", sampleMessage(1, { text: "@@@@@@@@ evil @@@@@@@@" }));
    store.close();
    const path = `${directory}/hubbub.db`;
    const bytes = Deno.readFileSync(path);
    const text = new TextDecoder("latin1").decode(bytes);
    const at = text.indexOf("@@@@@@@@ evil");
    assert(at > 0);
    bytes.set(new TextEncoder().encode("\x1b[2J\x9b\x07\r"), at);
    Deno.writeFileSync(path, bytes);
    store = openSqliteStore(directory);
    for (const { message } of store.history.read("lobby", { limit: 9 })) {
      // deno-lint-ignore no-control-regex -- the test searches for control characters
      assertEquals(/[\x00-\x1f\x7f-\x9f]/.test(message.text), false, message.text);
    }
    store.close();
  }));
