import { assert, assertEquals } from "@std/assert";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import type { Ban, Mute } from "../../../server/storage/bans.ts";
import type { Store, StoreOptions } from "../../../server/storage/store.ts";
import {
  inDirectory,
  NOON,
  range,
  sampleMessage,
  sampleSession,
  sampleWhisper,
  say,
  seqs,
} from "./samples.ts";

type Make = (options?: Partial<StoreOptions>) => Store;

/** The contract of every store; each part runs on a new store. */
const CONTRACT: Record<string, (make: Make) => void> = {
  "a room without messages"(make) {
    const { history } = make();
    assertEquals(history.lastSeq("lobby"), 0);
    assertEquals(history.read("lobby", { limit: 10 }), []);
    assertEquals(history.read("lobby", { limit: 10, after: 0, before: 5 }), []);
  },

  "a message comes back as it was, before and after the commit"(make) {
    const store = make();
    const messages = [
      sampleMessage(1),
      sampleMessage(2, { id: "a", text: 'quotes " and \\ and /' }),
      sampleMessage(3, { id: '"\n\t\\\r\0é𝄞', text: "", by: 2 ** 40 }),
      sampleMessage(4, { id: "", text: "naïve 日本語 👩‍🚀 𝄞", from: "Zoë", action: true }),
      sampleMessage(5, { text: "a\tb\tc", id: "\t" }),
      sampleMessage(6, { text: "-", notice: true }),
      sampleMessage(7, { id: "x".repeat(64), text: "é".repeat(2048) }),
    ];
    for (const stored of messages) {
      store.history.append("lobby", stored);
      assertEquals(store.history.read("lobby", { limit: 1 }), [stored]);
    }
    assertEquals(store.history.read("lobby", { limit: 10 }), messages);
    store.commit();
    assertEquals(store.history.read("lobby", { limit: 10 }), messages);
  },

  "every window of the history, however the turns were"(make) {
    for (const each of [1, 7, 50]) {
      const store = make();
      say(store, 1, 50, each, "room" + each);
      store.history.append("room" + each, sampleMessage(51)); // not committed
      const room = "room" + each;
      for (const after of [undefined, 0, 1, 6, 7, 8, 49, 50, 51, 99]) {
        for (const before of [undefined, 0, 1, 2, 7, 8, 9, 50, 51, 52, 99]) {
          for (const limit of [1, 3, 10, 100]) {
            const all = range(1, 51).filter((seq) =>
              seq > (after ?? 0) && seq < (before ?? Infinity)
            );
            const expected = after === undefined ? all.slice(-limit) : all.slice(0, limit);
            const query = { limit, ...(after !== undefined && { after }), before };
            assertEquals(seqs(store, room, query), expected, JSON.stringify({ each, ...query }));
          }
        }
      }
    }
  },

  "rooms are apart"(make) {
    const store = make();
    for (let seq = 1; seq <= 20; seq++) {
      for (let room = 0; room < 30; room++) {
        if (seq > room) {
          store.history.append(`r${room}`, sampleMessage(seq - room, { room: `R${room}` }));
        }
      }
      if (seq % 3 === 0) store.commit();
    }
    for (let room = 0; room < 30; room++) {
      const expected = Math.max(0, 20 - room);
      assertEquals(store.history.lastSeq(`r${room}`), expected);
      assertEquals(seqs(store, `r${room}`), range(1, expected));
      for (const { message } of store.history.read(`r${room}`, { limit: 99 })) {
        assertEquals(message.room, `R${room}`);
      }
    }
  },

  "no more than the limit is shown, and its last number stays"(make) {
    for (const [historyLimit, each] of [[10, 1], [10, 4], [10, 37], [1, 1], [1000, 100]] as const) {
      const store = make({ historyLimit });
      const room = `${historyLimit} ${each}`;
      say(store, 1, 3000, each, room);
      assertEquals(store.history.lastSeq(room), 3000);
      assertEquals(seqs(store, room), range(3001 - historyLimit, 3000));
      assertEquals(seqs(store, room, { after: 0, limit: 1 }), [3001 - historyLimit]);
      assertEquals(seqs(store, room, { before: 3001 - historyLimit }), []);
    }
  },

  "numbers may have a gap"(make) {
    const store = make();
    say(store, 1, 3);
    store.history.append("lobby", sampleMessage(7));
    store.history.append("lobby", sampleMessage(9));
    store.history.append("lobby", sampleMessage(10));
    store.commit();
    assertEquals(seqs(store), [1, 2, 3, 7, 9, 10]);
    assertEquals(seqs(store, "lobby", { limit: 4 }), [3, 7, 9, 10]);
    assertEquals(seqs(store, "lobby", { limit: 4, after: 3, before: 10 }), [7, 9]);
    assertEquals(seqs(store, "lobby", { limit: 2, before: 8 }), [3, 7]);
  },

  "a turn of many messages"(make) {
    const store = make({ historyLimit: 20_000 });
    say(store, 1, 10_000, 10_000);
    assertEquals(seqs(store), range(1, 10_000));
    assertEquals(seqs(store, "lobby", { limit: 2, before: 5000 }), [4998, 4999]);
  },

  "a room is forgotten, and begins anew"(make) {
    const store = make();
    say(store, 1, 5);
    say(store, 1, 2, 1, "other");
    store.history.append("lobby", sampleMessage(6));
    store.topics.save("lobby", { text: "old", by: "Op", time: NOON });
    store.forgetRoom("lobby");
    assertEquals(store.topics.find("lobby"), undefined);
    assertEquals(store.history.lastSeq("lobby"), 0);
    assertEquals(seqs(store), []);
    store.history.append("lobby", sampleMessage(1, { text: "new" }));
    assertEquals(seqs(store), [1]);
    store.commit();
    assertEquals(store.history.read("lobby", { limit: 9 })[0]?.message.text, "new");
    assertEquals(seqs(store), [1]);
    assertEquals(seqs(store, "other"), [1, 2]);
  },

  "sessions have numbers of their own"(make) {
    const { sessions } = make();
    const numbers = range(1, 5).map(() => sessions.nextNumber());
    assertEquals(new Set(numbers).size, 5);
    assert(numbers.every((number) => number > 0));
  },

  "sessions are saved, replaced and removed"(make) {
    const { sessions } = make();
    sessions.save(sampleSession(1));
    sessions.save(
      sampleSession(2, {
        name: "Zoë",
        rooms: [{ name: "Lobby", since: 9 }],
        isAuthenticated: true,
        lastWhisper: 3,
      }),
    );
    sessions.save(sampleSession(1, { rooms: [{ name: "Help", since: 0 }] }));
    const byNumber = () => sessions.all().sort((left, right) => left.number - right.number);
    assertEquals(byNumber(), [
      sampleSession(1, { rooms: [{ name: "Help", since: 0 }] }),
      sampleSession(2, {
        name: "Zoë",
        rooms: [{ name: "Lobby", since: 9 }],
        isAuthenticated: true,
        lastWhisper: 3,
      }),
    ]);
    sessions.remove(1);
    sessions.remove(99);
    assertEquals(byNumber().map(({ number }) => number), [2]);
  },

  "whispers are kept for their receiver"(make) {
    const store = make();
    const { sessions } = store;
    for (const number of [1, 2, 3]) sessions.save(sampleSession(number));
    for (const number of range(1, 5)) {
      sessions.addWhisper(1, sampleWhisper(number, 2, `w${number}`), false);
    }
    sessions.addWhisper(2, sampleWhisper(1, 1), false);
    store.commit();
    assertEquals(sessions.whispersAfter(1, 3), [
      sampleWhisper(4, 2, "w4"),
      sampleWhisper(5, 2, "w5"),
    ]);
    assertEquals(sessions.whispersAfter(2, 0), [sampleWhisper(1, 1)]);
    assertEquals(sessions.whispersAfter(3, 0), []);
    assert(sessions.hasWhispered(2, "w1"));
    assert(!sessions.hasWhispered(1, "w1"));
    assert(!sessions.hasWhispered(2, "w6"));
    sessions.remove(1);
    assertEquals(sessions.whispersAfter(1, 0), []);
  },

  "at least the last hundred whispers are kept, and not all"(make) {
    const store = make();
    const { sessions } = store;
    sessions.save(sampleSession(1));
    for (const number of range(1, 1000)) {
      sessions.addWhisper(1, sampleWhisper(number, 2, `w${number}`), false);
      if (number % 3 === 0) store.commit();
    }
    const kept = sessions.whispersAfter(1, 0).map(({ number }) => number);
    assert(kept.length >= 100 && kept.length < 300, `${kept.length}`);
    assertEquals(kept, range(1001 - kept.length, 1000));
  },

  "numbers that no message can have are no fault of the data"(make) {
    const store = make();
    say(store, 1, 3);
    for (const far of [2 ** 40 - 1, 2 ** 40, 2 ** 53, 2 ** 63, 1e19, 1e308, Infinity]) {
      assertEquals(seqs(store, "lobby", { limit: 4, after: far }), [], `after ${far}`);
      assertEquals(seqs(store, "lobby", { limit: 4, before: far }), [1, 2, 3], `before ${far}`);
    }
    for (const low of [-1, -(2 ** 63), -Infinity]) {
      assertEquals(seqs(store, "lobby", { limit: 4, after: low }), [1, 2, 3], `after ${low}`);
      assertEquals(seqs(store, "lobby", { limit: 4, before: low }), [], `before ${low}`);
    }
  },

  "a whisper that is owed is refused before it is dropped, or one before it"(make) {
    const store = make();
    const { sessions } = store;
    sessions.save(sampleSession(1));
    for (const number of range(1, 10)) sessions.addWhisper(1, sampleWhisper(number, 2), false);
    let last = 10;
    while (sessions.canStoreWhisper(1, sampleWhisper(last + 1, 2).frame.text, undefined)) {
      sessions.addWhisper(1, sampleWhisper(++last, 2), true);
    }
    store.commit();
    assertEquals(last, 110);
    assertEquals(sessions.whispersAfter(1, 10).map(({ number }) => number), range(11, 110));
    sessions.whispersReachable(1);
    assert(sessions.canStoreWhisper(1, "x", undefined));
    for (const number of range(111, 400)) sessions.addWhisper(1, sampleWhisper(number, 2), false);
    assertEquals(sessions.whispersAfter(1, 0).at(0)!.number > 110, true);
  },

  "a receiver without a session costs nothing but the id"(make) {
    const store = make();
    store.sessions.addWhisper(0, sampleWhisper(1, 2, "w1"), false);
    assertEquals(store.sessions.whispersAfter(0, 0), []);
    assertEquals(store.sessions.usage.whisperBytes, 0);
    assert(store.sessions.hasWhispered(2, "w1"));
  },

  "as many ids of whispers are remembered as a client may say again, and not all"(make) {
    const { sessions } = make();
    sessions.save(sampleSession(1));
    for (const number of range(1, 30_000)) {
      sessions.addWhisper(1, sampleWhisper(number, 2, `w${number}`), false);
    }
    for (const number of range(20_001, 30_000)) assert(sessions.hasWhispered(2, `w${number}`));
    for (const number of range(1, 10_000)) assert(!sessions.hasWhispered(2, `w${number}`));
  },

  "bans, with and without an end"(make) {
    const { bans } = make();
    const forEver: Ban = { kind: "name", key: "mallory", by: "Op", reason: 'rüde "words"' };
    const hour: Ban = { kind: "address", key: "10.0.0.1", by: "Op", until: NOON + 3_600_000 };
    bans.save(forEver);
    bans.save(hour);
    assertEquals(bans.find("name", "mallory", NOON + 1e12), forEver);
    assertEquals(bans.find("address", "mallory", NOON), undefined);
    assertEquals(bans.find("address", "10.0.0.1", NOON + 3_599_999), hour);
    assertEquals(bans.find("address", "10.0.0.1", NOON + 3_600_000), undefined);
    bans.save({ ...forEver, until: NOON + 5 });
    assertEquals(bans.find("name", "mallory", NOON)?.until, NOON + 5);
    assertEquals(bans.remove("name", "mallory"), true);
    assertEquals(bans.remove("name", "mallory"), false);
    assertEquals(bans.find("name", "mallory", NOON), undefined);
  },

  "bans on ranges hold for all their addresses"(make) {
    const { bans } = make();
    const wide: Ban = { kind: "address", key: "10.0.0.0/8", by: "Op" };
    const narrow: Ban = { kind: "address", key: "10.1.0.0/16", by: "Op", until: NOON + 10 };
    const network: Ban = { kind: "address", key: "2001:db8::/64", by: "Op" };
    for (const ban of [wide, narrow, network]) bans.save(ban);
    assertEquals(bans.size, 3);
    assertEquals([...bans.all()], [wide, narrow, network]);
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3"]) {
      assertEquals(bans.find("address", address, NOON), wide, "which lasts longer");
    }
    assertEquals(bans.find("address", "2001:db8::1:2:3:4", NOON), network);
    assertEquals(bans.find("address", "11.0.0.1", NOON), undefined);
    assertEquals(bans.has("address", "10.0.0.0/8"), true);
    assertEquals(bans.has("address", "10.0.0.1"), false);
    assertEquals(bans.remove("address", "10.0.0.0/8"), true);
    assertEquals(bans.find("address", "10.1.2.3", NOON), narrow);
    assertEquals(bans.find("address", "10.2.2.3", NOON), undefined);
    bans.prune(NOON + 10);
    assertEquals([...bans.all()], [network]);
  },

  "mutes, by name and by address"(make) {
    const { mutes } = make();
    const bob: Mute = { key: "bob", address: "192.0.2.1", by: "Op", until: NOON + 10 };
    const carol: Mute = { key: "carol", address: "192.0.2.1", by: "Op" };
    for (const mute of [bob, carol]) mutes.save(mute);
    assertEquals(mutes.size, 2);
    assertEquals(mutes.find("bob", NOON), bob);
    assertEquals(mutes.find("192.0.2.1", NOON), undefined);
    assertEquals(mutes.findByAddress("192.0.2.1", NOON), bob);
    assertEquals(mutes.findByAddress("192.0.2.1", NOON + 10), carol);
    assertEquals(mutes.find("bob", NOON + 10), undefined);
    mutes.save({ ...bob, address: "192.0.2.2" });
    mutes.removeAddress("192.0.2.1");
    assertEquals(mutes.findByAddress("192.0.2.1", NOON), undefined);
    assertEquals(mutes.find("carol", NOON), { key: "carol", by: "Op" });
    assertEquals(mutes.findByAddress("192.0.2.2", NOON)?.key, "bob");
    assertEquals(mutes.remove("carol"), { key: "carol", by: "Op" });
    assertEquals(mutes.remove("carol"), undefined);
    mutes.prune(NOON + 10);
    assertEquals(mutes.size, 0);
  },

  "topics"(make) {
    const { topics } = make();
    const topic = { text: "Größe 📏", by: "Op", time: NOON };
    assertEquals(topics.find("lobby"), undefined);
    topics.save("lobby", topic);
    assertEquals(topics.find("lobby"), topic);
    assertEquals(topics.find("help"), undefined);
    topics.save("lobby", undefined);
    assertEquals(topics.find("lobby"), undefined);
  },

  "it may be closed twice, and a late commit does no harm"(make) {
    const store = make();
    say(store, 1, 2);
    store.close();
    store.close();
    store.history.append("lobby", sampleMessage(3));
    store.commit();
    assertEquals(store.failure, undefined);
  },

  "it counts what it has done"(make) {
    const store = make();
    store.commit();
    assertEquals(store.statistics.commits, 0);
    say(store, 1, 10, 5);
    const { messages, bytes, dropped, commits, commitSeconds } = store.statistics;
    assertEquals([messages, dropped, commits], [10, 0, 2]);
    assert(bytes > 10 * 30 && bytes < 10 * 100, `${bytes}`);
    assert(commitSeconds >= 0);
    assertEquals(store.failure, undefined);
  },
};

for (const [name, part] of Object.entries(CONTRACT)) {
  Deno.test(`memory store: ${name}`, () => part(createMemoryStore));
}

for (const [name, part] of Object.entries(CONTRACT)) {
  Deno.test({
    name: `sqlite store: ${name}`,
    // Elsewhere there is no list of open files that tells the end of a flush which closing leaves.
    sanitizeOps: Deno.build.os === "linux",
    fn: () =>
      inDirectory((directory) => {
        const opened: Store[] = [];
        try {
          part((options) => {
            const store = openSqliteStore(`${directory}/${opened.length}`, options);
            opened.push(store);
            return store;
          });
          assertEquals(opened.map(({ failure }) => failure), opened.map(() => undefined));
        } finally {
          for (const store of opened) store.close();
        }
      }),
  });
}
