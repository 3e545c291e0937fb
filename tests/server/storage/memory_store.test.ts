import { assert, assertEquals } from "@std/assert";
import { DEFAULT_HISTORY_BYTES, MemoryHistory } from "../../../server/storage/memory_store.ts";
import { range, sampleMessage } from "./samples.ts";

const TEXT = "x".repeat(4096);

Deno.test("memory history: all rooms share the total, and the largest lose their oldest messages", () => {
  const total = 10_000_000;
  const history = new MemoryHistory(1000, { room: 5_000_000, total });
  history.append("small", sampleMessage(1, { text: "hi" }));
  history.commit();
  for (const seq of range(1, 300)) {
    for (const room of range(1, 20)) {
      history.append(`r${room}`, sampleMessage(seq, { text: TEXT }));
    }
    history.commit();
    assert(history.heldBytes <= total);
  }
  assertEquals(history.read("small", { limit: 9 }).length, 1);
  for (const room of range(1, 20)) {
    const seqs = history.read(`r${room}`, { limit: 1000 }).map(({ message }) => message.seq);
    assert(seqs.length > 50, `${seqs.length}`);
    assertEquals(seqs, range(301 - seqs.length, 300));
    assertEquals(history.lastSeq(`r${room}`), 300);
    history.forget(`r${room}`);
  }
  history.forget("small");
  assertEquals(history.heldBytes, 0);
});

Deno.test("memory history: bounds the bytes of a room with a high limit of messages", () => {
  const history = new MemoryHistory(1_000_000);
  for (const seq of range(1, 10_000)) {
    history.append("lobby", sampleMessage(seq, { text: TEXT }));
    if (seq % 10 === 0) history.commit();
  }
  assert(history.heldBytes <= DEFAULT_HISTORY_BYTES.room);
  assert(history.heldBytes > DEFAULT_HISTORY_BYTES.room * 0.9);
});
