import { assert, assertEquals } from "@std/assert";
import { NEW_ROOMS_PER_HOUR, type RoomLimits, Rooms } from "../../../server/chat/rooms.ts";
import type { Room } from "../../../server/chat/room.ts";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import type { Store } from "../../../server/storage/store.ts";
import {
  FakeStoreEnvironment,
  inDirectory,
  NOON,
  range,
  sampleMessage,
} from "../storage/samples.ts";

const DAY = 86_400_000;
const LIMITS: RoomLimits = {
  maxRooms: 10,
  maxPerMember: 50,
  retentionMilliseconds: 30 * DAY,
  newPerHour: NEW_ROOMS_PER_HOUR,
  maxClients: 0,
};

/** Sends a message to a room. */
function sayIn(store: Store, room: Room): void {
  store.history.append(room.key, sampleMessage(++room.seq, { room: room.name }));
  store.commit();
}

/** Runs a test with a store that survives; `restart` opens it again. */
function withRooms(
  test: (context: {
    rooms: Rooms;
    store: Store;
    clock: FakeStoreEnvironment;
    restart(permanent?: readonly string[]): { rooms: Rooms; store: Store };
  }) => void,
) {
  return inDirectory((directory) => {
    const clock = new FakeStoreEnvironment();
    let store = openSqliteStore(directory, {}, clock);
    const rooms = new Rooms(store, ["lobby"], clock, LIMITS);
    const restart = (permanent: readonly string[] = ["lobby"]) => {
      store.close();
      store = openSqliteStore(directory, {}, clock);
      return { store, rooms: new Rooms(store, permanent, clock, LIMITS) };
    };
    try {
      test({ rooms, store, clock, restart });
    } finally {
      store.close();
    }
  });
}

Deno.test("rooms: bounded in number, including stored ones", () =>
  withRooms(({ rooms, store, restart }) => {
    for (const number of range(1, 9)) {
      const room = rooms.open(`r${number}`).value!;
      sayIn(store, room);
      if (number % 2 === 0) rooms.release(room);
    }
    assertEquals(rooms.total, 10);
    assertEquals(rooms.open("one-more").error?.code, "too_many_rooms");
    assertEquals(rooms.refused, 1);
    assertEquals(rooms.open("r2").value?.seq, 1, "a stored room can be entered");
    const after = restart();
    assertEquals(after.rooms.total, 10);
    assertEquals(after.rooms.open("one-more").error?.code, "too_many_rooms");
    after.rooms.delete("r3");
    assertEquals(after.rooms.open("one-more").value?.name, "one-more");
  }));

Deno.test("rooms: a room without a message and a topic is not stored", () =>
  withRooms(({ rooms, store, restart }) => {
    rooms.release(rooms.open("silent").value!);
    const taken = rooms.open("taken-back").value!;
    store.topics.save(taken.key, { text: "x", by: "Op", time: NOON });
    store.topics.save(taken.key, undefined);
    rooms.release(taken);
    const topic = rooms.open("topic").value!;
    store.topics.save(topic.key, { text: topic.topic = "x", by: "Op", time: NOON });
    rooms.release(topic);
    store.commit();
    assertEquals([store.rooms?.size, rooms.total], [1, 2]);
    assertEquals(restart().store.rooms?.size, 1);
  }));

Deno.test("rooms: in memory no room is stored", () => {
  const store = createMemoryStore();
  const rooms = new Rooms(store, ["lobby"], new FakeStoreEnvironment(), LIMITS);
  for (const number of range(1, 50)) {
    const room = rooms.open(`r${number}`).value!;
    sayIn(store, room);
    rooms.release(room);
  }
  assertEquals([rooms.total, store.statistics.heldBytes], [1, 0]);
});

Deno.test("rooms: memory keeps rooms of scripts, and the oldest ones make way for new rooms", () => {
  const store = createMemoryStore();
  const clock = new FakeStoreEnvironment();
  const rooms = new Rooms(store, ["lobby"], clock, { ...LIMITS, newPerHour: 12 });
  const keep = (name: string) => {
    const room = rooms.open(name, "192.0.2.1").value!;
    sayIn(store, room);
    room.isKept = true;
    rooms.release(room);
  };
  for (const number of range(1, 9)) keep(`r${number}`);
  keep("r1");
  assertEquals([rooms.total, rooms.find("r1")?.seq], [10, 2]);
  const entered = rooms.open("r2").value!;
  assert(rooms.open("new", "192.0.2.1").value !== undefined);
  const isThere = () => ["r1", "r2", "r3", "r4"].map((name) => rooms.has(name));
  assertEquals([isThere(), rooms.total], [[true, true, false, true], 10]);
  assertEquals(store.history.lastSeq("r3"), 0, "with its messages");
  rooms.release(entered);
  rooms.setPermanent(["lobby", "r4"]);
  for (const number of range(1, 2)) keep(`more${number}`);
  assertEquals(rooms.open("more3", "192.0.2.1").error?.code, "too_many_new_rooms");
  assertEquals([isThere(), rooms.total], [[true, true, false, true], 10], "r5 and r6 have ended");
  rooms.setPermanent(["lobby"]);
  clock.advance(29 * DAY);
  keep("r1");
  clock.advance(DAY);
  rooms.tick();
  assertEquals(isThere(), [true, false, false, false], "unused for the retention time");
  assertEquals(rooms.total, 3);
});

Deno.test("rooms: deletes a stored room that was unused for the retention time", () =>
  withRooms(({ rooms, store, clock, restart }) => {
    const [old, busy] = [rooms.open("old").value!, rooms.open("busy").value!];
    for (const room of [rooms.open("lobby").value!, old, busy]) sayIn(store, room);
    store.topics.save("old", { text: "x", by: "Op", time: NOON });
    rooms.release(old);
    for (let day = 0; day < 29; day++) {
      clock.advance(DAY);
      rooms.tick();
    }
    let now = restart();
    assertEquals(now.store.history.lastSeq("old"), 1, "29 days are not 30");
    clock.advance(2 * DAY);
    now.rooms.tick();
    now.store.commit();
    assertEquals(now.rooms.expired, 1);
    assertEquals(now.store.topics.find("old"), undefined);
    assertEquals(now.rooms.open("old").value?.seq, 0);
    assertEquals(now.store.history.lastSeq("busy"), 1, "it was in use until two days ago");
    assertEquals(now.store.history.lastSeq("lobby"), 1);
    now = restart(["lobby", "busy"]);
    clock.advance(100 * DAY);
    now.rooms.tick();
    assertEquals(now.store.history.lastSeq("busy"), 1, "permanent rooms stay");
  }));

Deno.test("rooms: deletes a few per second of thousands that expire at once", () =>
  withRooms(({ rooms, store, clock }) => {
    const names = range(1, 500).map((number) => `r${number}`);
    for (const name of names) store.history.append(name, sampleMessage(1));
    store.commit();
    clock.advance(31 * DAY);
    let most = 0;
    for (let before = 500; before > 0; before = store.rooms!.size) {
      rooms.tick();
      store.commit();
      most = Math.max(most, before - store.rooms!.size);
    }
    assert(most <= 20, `${most}`);
    assertEquals(rooms.expired, 500);
  }));

Deno.test("rooms: an address creates a bounded number per hour, and only stored ones count", () => {
  const clock = new FakeStoreEnvironment();
  return inDirectory((directory) => {
    const store = openSqliteStore(directory, {}, clock);
    const rooms = new Rooms(store, ["lobby"], clock);
    const make = (name: string, address = "192.0.2.1") => rooms.open(name, address);
    for (const number of range(1, 100)) rooms.release(make(`silent${number}`).value!);
    for (const number of range(1, NEW_ROOMS_PER_HOUR)) {
      const room = make(`r${number}`).value!;
      sayIn(store, room);
      rooms.release(room);
    }
    const { error } = make("one-more");
    assertEquals(error?.code, "too_many_new_rooms");
    assert(error!.text.includes("120 s"), error!.text);
    assert(make("r1").value !== undefined, "a room that is there can be entered");
    assertEquals(make("mapped", "::ffff:192.0.2.1").error?.code, "too_many_new_rooms");
    assert(make("another", "192.0.2.2").value !== undefined, "another address is free");
    clock.advance(120_000);
    assert(make("one-more").value !== undefined);
    assertEquals(make("two-more").error?.code, "too_many_new_rooms");
    store.close();
  });
});

Deno.test("rooms: without a limit per hour one address creates up to the maximum number", () => {
  const limits = { ...LIMITS, maxRooms: 100, newPerHour: null };
  const rooms = new Rooms(createMemoryStore(), ["lobby"], new FakeStoreEnvironment(), limits);
  for (const number of range(1, 99)) {
    assert(rooms.open(`r${number}`, "192.0.2.1").value !== undefined);
  }
  assertEquals(rooms.open("more", "192.0.2.1").error?.code, "too_many_rooms");
});

Deno.test("rooms: an IPv6 host counts by its /64", () => {
  const rooms = new Rooms(createMemoryStore(), ["lobby"], new FakeStoreEnvironment());
  for (const number of range(1, NEW_ROOMS_PER_HOUR)) {
    assert(rooms.open(`r${number}`, `2001:db8::${number}`).value !== undefined);
  }
  assertEquals(rooms.open("more", "2001:db8::ffff:2").error?.code, "too_many_new_rooms");
  assert(rooms.open("more", "2001:db8:0:1::1").value !== undefined);
});
