import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { isFound, parseSearch, storedFileText } from "../../../protocol/mod.ts";
import { HistorySearch } from "../../../server/storage/history_search.ts";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import type { Store } from "../../../server/storage/store.ts";
import { FakeStoreEnvironment, inDirectory, sampleMessage, seqs } from "./samples.ts";

/** A store and the index of its history, without a thread. */
class Library {
  readonly environment = new FakeStoreEnvironment();
  readonly store: Store;
  readonly index: HistorySearch;
  now = 0;
  /** Milliseconds that each look at the clock takes. */
  step = 0;
  /** Added to the times of messages. */
  delay = 0;

  constructor(readonly directory: string, historyLimit = 1000) {
    this.store = openSqliteStore(directory, { historyLimit }, this.environment);
    this.index = new HistorySearch(
      `${directory}/hubbub.db`,
      this.indexPath,
      () => this.now += this.step,
    );
  }

  get indexPath(): string {
    return `${this.directory}/index.db`;
  }

  /** Stores texts, a number of them per segment. */
  add(texts: readonly string[], each = 3, room = "lobby"): void {
    texts.forEach((text, place) => {
      const seq = this.store.history.lastSeq(room) + 1;
      const from = seq % 4 === 0 ? "Bob" : "Alice";
      const { message, ...rest } = sampleMessage(seq, { text, room, from });
      const stored = { message: { ...message, time: message.time + this.delay }, ...rest };
      this.store.history.append(room, stored);
      if ((place + 1) % each === 0) this.store.commit();
    });
    this.store.commit();
  }

  roomId(room = "lobby"): bigint {
    const database = new DatabaseSync(`${this.directory}/hubbub.db`, { readOnly: true });
    try {
      return BigInt(Number(database.prepare("SELECT id FROM rooms WHERE key = ?").get(room)?.id));
    } finally {
      database.close();
    }
  }

  search(words: string, range: { before?: number; after?: number; limit?: number } = {}) {
    const { messages, before } = this.index.search({
      room: this.roomId(),
      terms: parseSearch(words),
      ...{ after: 0, before: Infinity, limit: 50, ignored: new Set<string>() },
      ...range,
    });
    return { seqs: messages.map(({ seq }) => seq), before };
  }

  /** All numbers that a search finds, page by page. */
  searchAll(words: string, limit = 50): number[] {
    const all: number[] = [];
    for (let before: number | undefined = Infinity; before !== undefined;) {
      const page = this.search(words, { before, limit });
      all.unshift(...page.seqs);
      before = page.before;
    }
    return all;
  }

  updateAll(): void {
    while (this.index.update(1000));
  }

  /** Numbers of the messages in the index. */
  indexed(): number[] {
    const database = new DatabaseSync(this.indexPath, { readOnly: true });
    try {
      return database.prepare("SELECT rowid FROM messages ORDER BY rowid").all()
        .map(({ rowid }) => Number(rowid) % 2 ** 40);
    } finally {
      database.close();
    }
  }

  /** Deletes old segments, as the timers of the store do. */
  clean(): void {
    for (let timers = this.environment.timers; timers.length > 0;) {
      this.environment.timers = [];
      for (const { callback } of timers) callback();
      timers = this.environment.timers;
    }
  }

  [Symbol.dispose](): void {
    this.index.close();
    this.store.close();
  }
}

const TEXTS = Array.from({ length: 100 }, (_, index) =>
  [
    ...[index % 2 === 0 ? "even" : "odd", index % 3 === 0 ? "Fizz" : "", `n${index}`],
    ...[index % 10 === 7 ? "“seven” ends" : "", index % 25 === 3 ? "東京タワー é" : ""],
  ].join(" "));

const SEARCHES = [
  ...["even", "odd fizz", "n1", '"n1"', "n99", "seven", '"seven ends"', '"ends seven"', "東京"],
  ...["京東", "E", "even odd", "nothing", "fi", "n7 n7"],
];

Deno.test("history search: finds the same as a comparison of all messages, however much is indexed", () =>
  inDirectory((directory) => {
    using library = new Library(directory);
    const check = (state: string) => {
      const all = library.store.history.read("lobby", { limit: 1000 });
      for (const words of SEARCHES) {
        const terms = parseSearch(words);
        const expected = all.filter(({ message }) => isFound(message.text, terms))
          .map(({ message }) => message.seq);
        for (const limit of [2, 50]) {
          assertEquals(library.searchAll(words, limit), expected, `${state}: ${words} by ${limit}`);
        }
      }
    };
    library.add(TEXTS, 7);
    check("without an index");
    library.step = 2000;
    library.index.update(1000);
    library.step = 0;
    assert(library.indexed().length > 0 && library.indexed().length < 100);
    check("with a part of it");
    library.updateAll();
    assertEquals(library.indexed().length, 100);
    check("with all of it");
    library.add(TEXTS.slice(0, 20), 1);
    check("with newer messages");
    library.updateAll();
    assertEquals(library.indexed().length, 120);
    check("after an update");
  }));

Deno.test("history search: a stored file is found by its name, not by its address", () =>
  inDirectory((directory) => {
    using library = new Library(directory);
    const hash = "decade".padEnd(64, "0");
    const url = `http://host/files/${hash}/cat.png`;
    const file = { name: "cat.png", size: 2000, type: "image/png", hash, url };
    const { message, ...rest } = sampleMessage(1, { text: storedFileText(file) });
    library.store.history.append("lobby", { message: { ...message, file }, ...rest });
    library.add([`see ${url}`]);
    const check = () => {
      assertEquals(library.searchAll("cat"), [1, 2]);
      for (const words of ["decade", "http", "2 kb"]) assert(!library.searchAll(words).includes(1));
      assertEquals(library.searchAll("decade"), [2], "a link in a text is text");
    };
    check();
    library.updateAll();
    assertEquals(library.indexed(), [1, 2]);
    check();
  }));

Deno.test("history search: a range bounds the search, with and without the index", () =>
  inDirectory((directory) => {
    using library = new Library(directory);
    library.add(TEXTS);
    for (const state of ["without", "with"]) {
      assertEquals(library.search("even", { after: 90 }).seqs, [91, 93, 95, 97, 99], state);
      assertEquals(library.search("even", { before: 6, after: 2 }), {
        seqs: [3, 5],
        before: undefined,
      });
      assertEquals(library.search("even", { before: 0 }).seqs, []);
      assertEquals(library.search("even", { limit: 2 }), { seqs: [97, 99], before: 97 });
      library.updateAll();
    }
  }));

Deno.test("history search: a search that takes too long continues where it stopped", () =>
  inDirectory((directory) => {
    using library = new Library(directory);
    library.add(TEXTS);
    const all = library.searchAll("even");
    for (const state of ["without", "with"]) {
      library.step = 2000;
      assert(library.search("even").seqs.length < 5, state);
      assertEquals(library.searchAll("even"), all, state);
      library.step = 0;
      library.updateAll();
    }
  }));

Deno.test("history search: words of deleted messages are removed", () =>
  inDirectory((directory) => {
    using library = new Library(directory, 30);
    library.add(TEXTS.slice(0, 30));
    library.search("even");
    library.updateAll();
    library.add(TEXTS, 5);
    library.clean();
    library.updateAll();
    const stored = seqs(library.store);
    assertEquals(library.indexed().at(-1), 130);
    assert(library.indexed()[0]! > 90);
    assertEquals(library.searchAll("n50").length, 0);
    assertEquals(library.searchAll("n9").filter((seq) => stored.includes(seq)).length, 10);
  }));

Deno.test("history search: a room that was deleted and made again is another one", () =>
  inDirectory((directory) => {
    using library = new Library(directory);
    library.add(["old tea", "old coffee"]);
    const row = library.roomId();
    library.search("tea");
    library.updateAll();
    library.store.forgetRoom("lobby");
    library.store.commit();
    library.clean();
    library.delay = 1;
    library.add(["new coffee", "new tea", "new cake"]);
    assertEquals(library.roomId(), row, "SQLite gives the same row again");
    assertEquals(library.searchAll("old"), []);
    assertEquals(library.searchAll("tea"), [2]);
    library.updateAll();
    assertEquals(library.indexed(), [1, 2, 3]);
    assertEquals([library.searchAll("old"), library.searchAll("tea")], [[], [2]]);
    library.store.forgetRoom("lobby");
    library.store.commit();
    library.clean();
    library.updateAll();
    assertEquals(library.indexed(), []);
  }));

Deno.test("history search: a damaged file is made again", () =>
  inDirectory((directory) => {
    using library = new Library(directory);
    library.add(TEXTS);
    library.search("even");
    library.updateAll();
    library.index.close();
    const size = Deno.statSync(library.indexPath).size;
    for (const bytes of [new Uint8Array(size).fill(65), new Uint8Array(100)]) {
      Deno.writeFileSync(library.indexPath, bytes);
      assertEquals(library.searchAll("n9").length, 11);
      library.updateAll();
      assertEquals(library.indexed().length, 100);
      library.index.close();
    }
    const file = Deno.openSync(library.indexPath, { write: true });
    file.seekSync(8192, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(size - 8192).fill(255));
    file.close();
    assertEquals(library.searchAll("n9").length, 11);
  }));

Deno.test("history search: no words are syntax for SQLite", () =>
  inDirectory((directory) => {
    using library = new Library(directory);
    const characters = Array.from({ length: 256 }, (_, index) =>
      String.fromCodePoint(0x4e00 + index));
    library.add(["near and or not", characters.join("")]);
    library.search("x");
    library.updateAll();
    assertEquals(library.searchAll("NEAR AND OR NOT"), [1]);
    const typed = [['near" OR "not', 1], ["near*", 1], ["^near", 1], ["-near", 1], [
      "words:near",
      0,
    ]];
    for (
      const [words, found] of [...typed, ["near) OR (x", 0], ["near\0", 1]] as const
    ) {
      assertEquals(library.searchAll(words as string).length, found, words as string);
    }
    assertEquals(library.searchAll(characters.join("")), [2]);
    assertEquals(library.searchAll(characters.toReversed().join(" ")), [2]);
  }));

Deno.test("history search: leaves out ignored users, with and without the index", () =>
  inDirectory((directory) => {
    using library = new Library(directory);
    library.add(["tea 1", "tea 2", "tea 3", "tea 4", "tea 5"]);
    for (let times = 0; times < 2; times++) {
      const { messages } = library.index.search({
        room: library.roomId(),
        terms: parseSearch("tea"),
        ...{ after: 0, before: Infinity, limit: 2, ignored: new Set(["bob"]) },
      });
      assertEquals(messages.map(({ seq }) => seq), [3, 5]);
      library.updateAll();
    }
  }));
