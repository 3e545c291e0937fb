import { assert, assertEquals, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { parseSearch } from "../../../protocol/mod.ts";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import type { MessageQuery } from "../../../server/storage/store.ts";
import { inDirectory, say } from "./samples.ts";

const queryOf = (words: string): MessageQuery => ({
  terms: parseSearch(words),
  limit: 10,
  ignored: new Set(),
});

Deno.test("search thread: searches follow each other up to a bound, and end with the store", () =>
  inDirectory(async (directory) => {
    const store = openSqliteStore(directory);
    say(store, 1, 20, 5);
    assert(!existsSync(`${directory}/hubbub.search.db`), "no search, no index");
    assertEquals(
      (await store.messageSearch!.search("lobby", queryOf("message 1"))).messages.length,
      10,
    );
    assertEquals((await store.messageSearch!.search("attic", queryOf("message"))).messages, []);
    const waiting: Promise<unknown>[] = [];
    while (!store.messageSearch!.isFull) {
      waiting.push(store.messageSearch!.search("lobby", queryOf("message")));
    }
    assertEquals(waiting.length, 64);
    const refused = waiting.map((each) => assertRejects(() => each, StorageError));
    store.close();
    await Promise.all(refused);
    assertEquals(store.messageSearch, undefined);
  }));
