import { assert, assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../server/storage/sqlite_store.ts";
import { answers, Chat, type TestClient } from "../chat.ts";
import { FakeStoreEnvironment, inDirectory, range, sampleMessage } from "./samples.ts";

/** A chat whose stored messages became unreadable while it runs. */
function withDamage(test: (chat: Chat, ann: TestClient) => void) {
  return inDirectory((directory) => {
    const environment = Object.assign(new FakeStoreEnvironment(), { maxCheckedBytes: 0 });
    let store = openSqliteStore(directory, {}, environment);
    for (const room of ["tea", "coffee"]) {
      for (const seq of range(1, 500)) {
        store.history.append(room, sampleMessage(seq, { room, text: "x".repeat(1000) }));
      }
      store.commit();
    }
    store.close();
    store = openSqliteStore(directory, {}, environment);
    const chat = new Chat({ store, clock: environment });
    const ann = chat.join("Ann");
    const bytes = Deno.readFileSync(`${directory}/hubbub.db`);
    // All pages except those in SQLite's cache since the start.
    bytes.fill(0xa5, 8192);
    Deno.writeFileSync(`${directory}/hubbub.db`, bytes);
    try {
      test(chat, ann);
    } finally {
      store.close();
    }
  });
}

Deno.test("damaged store: a room that cannot be read is an error for its client only", () =>
  withDamage((chat, ann) => {
    const bob = chat.join("Bob");
    ann.frames();
    const [error] = answers(ann, { type: "join", room: "tea" });
    assertEquals(error?.type === "error" && error.code, "storage_failed");
    assertEquals(ann.session.member?.memberships.only?.name, "lobby");
    bob.say({ type: "message", text: "still here" });
    assert(ann.frames().some((frame) => "text" in frame && frame.text === "still here"));
    assert(chat.store.failure !== undefined);
    assertEquals(answers(ann, { type: "join", room: "new" })[0]?.type, "joined");
  }));

Deno.test("damaged store: refuses a hello for a room that cannot be read, and accepts the lobby", () =>
  withDamage((chat) => {
    const carol = chat.connect();
    carol.say({ type: "hello", name: "Carol", rooms: ["coffee"] });
    const [error] = carol.frames();
    assertEquals(error?.type === "error" && error.code, "storage_failed");
    carol.say({ type: "hello", name: "Carol" });
    assert(carol.frames().some(({ type }) => type === "welcome"));
  }));
