import { assert, assertEquals, assertStringIncludes, fail } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { writableByOthers } from "../../../server/storage/database.ts";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { inDirectory, range, run, say, seqs } from "./samples.ts";

/** The error of opening a directory. */
function refusal(directory: string): StorageError {
  try {
    openSqliteStore(directory).close();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
  return fail(`${directory} was opened`);
}

function assertRefused(directory: string, code: StorageError["code"], state: string): void {
  const error = refusal(directory);
  assertEquals(error.code, code);
  assertStringIncludes(error.message, `Cannot open the data in ${directory}: ${state}. `);
  assert(/\. [A-Z][^.]+\.$/.test(error.message), error.message);
}

Deno.test("sqlite store: refuses a file that is no database, and does not change it", () =>
  inDirectory((directory) => {
    const path = `${directory}/hubbub.db`;
    const text = "this is no database, and a user's only copy\n".repeat(500);
    Deno.writeTextFileSync(path, text);
    assertRefused(directory, "corrupt", "the database is damaged");
    assert(refusal(directory).cause instanceof Error);
    assertEquals(Deno.readTextFileSync(path), text);
  }));

Deno.test("sqlite store: refuses a database with damage anywhere", () =>
  inDirectory((directory) => {
    const store = openSqliteStore(`${directory}/good`);
    say(store, 1, 400, 20);
    store.close();
    const good = Deno.readFileSync(`${directory}/good/hubbub.db`);
    const pageBytes = 8192;
    for (let page = 0; page < good.length / pageBytes; page++) {
      const bad = good.slice();
      bad.fill(0xa5, page * pageBytes, page * pageBytes + 200);
      const damaged = `${directory}/${page}`;
      Deno.mkdirSync(damaged);
      Deno.writeFileSync(`${damaged}/hubbub.db`, bad);
      assertRefused(damaged, "corrupt", "the database is damaged");
      assertEquals(Deno.readFileSync(`${damaged}/hubbub.db`), bad);
    }
    const short = `${directory}/short`;
    Deno.mkdirSync(short);
    Deno.writeFileSync(`${short}/hubbub.db`, good.slice(0, good.length - pageBytes));
    assertRefused(short, "corrupt", "the database is damaged");
  }));

Deno.test("sqlite store: refuses an emptied database with a log, and keeps the log", () =>
  inDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/hubbub.db`, "");
    Deno.writeTextFileSync(`${directory}/hubbub.db-wal`, "all that is left");
    assertRefused(directory, "corrupt", "the database is damaged");
    assertEquals(Deno.readTextFileSync(`${directory}/hubbub.db-wal`), "all that is left");
  }));

Deno.test("sqlite store: refuses an emptied database, and accepts an empty file in a new directory", () =>
  inDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/hubbub.db`, "");
    let store = openSqliteStore(directory);
    say(store, 1, 3);
    store.close();
    Deno.truncateSync(`${directory}/hubbub.db`);
    const state = "hubbub.db is empty, but the directory was in use before";
    for (let times = 0; times < 2; times++) assertRefused(directory, "empty", state);
    assertEquals(Deno.statSync(`${directory}/hubbub.db`).size, 0);
    // The remedy of the message.
    Deno.removeSync(`${directory}/hubbub.db`);
    store = openSqliteStore(directory);
    assertEquals(seqs(store), []);
    store.close();
  }));

Deno.test("sqlite store: refuses a path that cannot be a directory, with the reason", () => {
  if (Deno.build.os !== "linux") return;
  for (const path of ["/proc/x", "/proc/self/fd", `/tmp/${"x".repeat(300)}`]) {
    assertRefused(path, "unusable", "no files can be created there");
  }
});

Deno.test("sqlite store: finds the paths that others than the owner may write to", () =>
  inDirectory((directory) => {
    if (Deno.build.os === "windows") return;
    const data = `${directory}/data`;
    openSqliteStore(data).close();
    assertEquals(writableByOthers(data), []);
    Deno.chmodSync(data, 0o770);
    Deno.chmodSync(`${data}/hubbub.db`, 0o602);
    assertEquals(writableByOthers(data), [data, `${data}/hubbub.db`]);
  }));

Deno.test("sqlite store: refuses a second store on the same directory, and the first continues", () =>
  inDirectory((directory) => {
    const store = openSqliteStore(directory);
    say(store, 1, 3);
    assertRefused(directory, "locked", "another server uses it");
    say(store, 4, 5);
    store.close();
    const next = openSqliteStore(directory);
    assertEquals(seqs(next), range(1, 5));
    next.close();
  }));

Deno.test("sqlite store: refuses another process, and a SIGKILL ends its lock", async () => {
  await inDirectory(async (directory) => {
    const module = import.meta.resolve("../../../server/storage/sqlite_store.ts");
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `--config=${new URL(import.meta.resolve("../../../deno.json")).pathname}`,
        `const { openSqliteStore } = await import(${JSON.stringify(module)});
         globalThis.store = openSqliteStore(${JSON.stringify(directory)});
         console.log("open");
         setInterval(() => {}, 1000);`,
      ],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    assertRefused(directory, "locked", "another server uses it");
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    openSqliteStore(directory).close();
  });
});

Deno.test("sqlite store: refuses a directory that is a file, or below one", () =>
  inDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/file`, "");
    assertRefused(`${directory}/file`, "not_a_directory", "it is not a directory");
    assertRefused(`${directory}/file/data`, "not_a_directory", "it is not a directory");
  }));

/** The files of a directory with their bytes, without SQLite's index of the log, which it makes anew. */
function filesOf(directory: string): Record<string, Uint8Array> {
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name)
    .filter((name) => !name.endsWith("-shm")).sort();
  return Object.fromEntries(
    names.map((name) => [name, Deno.readFileSync(`${directory}/${name}`)]),
  );
}

Deno.test("sqlite store: refuses a newer schema, and changes no byte, also after a crash", () =>
  inDirectory((directory) => {
    const closed = `${directory}/closed`;
    openSqliteStore(closed).close();
    const database = new DatabaseSync(`${closed}/hubbub.db`);
    database.exec("PRAGMA user_version = 1000; CREATE TABLE newer (what TEXT)");
    // The log of a process that was killed.
    const crashed = `${directory}/crashed`;
    Deno.mkdirSync(crashed);
    for (const name of ["hubbub.db", "hubbub.db-wal", "hubbub.lock"]) {
      Deno.copyFileSync(`${closed}/${name}`, `${crashed}/${name}`);
    }
    database.close();
    assert(Deno.statSync(`${crashed}/hubbub.db-wal`).size > 0);
    for (const folder of [closed, crashed]) {
      const before = filesOf(folder);
      for (let times = 0; times < 2; times++) {
        assertRefused(folder, "newer", "a newer version of hubbub wrote it");
        assertEquals(filesOf(folder), before);
      }
    }
  }));

Deno.test("sqlite store: refuses a database of another program, and does not change it", () =>
  inDirectory((directory) => {
    const database = new DatabaseSync(`${directory}/hubbub.db`);
    database.exec("CREATE TABLE recipes (name TEXT)");
    database.close();
    const bytes = Deno.readFileSync(`${directory}/hubbub.db`);
    assertRefused(directory, "foreign", "hubbub.db there belongs to another program");
    assertEquals(Deno.readFileSync(`${directory}/hubbub.db`), bytes);
    const again = new DatabaseSync(`${directory}/hubbub.db`);
    const tables = again.prepare("SELECT name FROM sqlite_schema").all();
    assertEquals(tables.map(({ name }) => name), ["recipes"]);
    again.close();
    Deno.mkdirSync(`${directory}/other/hubbub.db`, { recursive: true });
    assertRefused(`${directory}/other`, "foreign", "hubbub.db there belongs to another program");
  }));

Deno.test("sqlite store: refuses a read-only file system", () =>
  inDirectory((directory) => {
    openSqliteStore(`${directory}/data`).close();
    const data = `${directory}/data`;
    const bound = run("mount", "--bind", data, data).success;
    const isReadOnly = bound && run("mount", "-o", "remount,bind,ro", data).success;
    try {
      if (isReadOnly) assertRefused(data, "read_only", "it is read-only");
      else console.log("skipped: a read-only mount is not permitted here");
    } finally {
      if (bound) run("umount", data);
    }
  }));
