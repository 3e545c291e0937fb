import { assert, assertEquals } from "@std/assert";
import { BrokenSessions } from "../../server/broken_sessions.ts";

Deno.test("broken sessions: the oldest of the address with the most goes first", () => {
  const sessions = new BrokenSessions<string>();
  sessions.add("honest", "192.0.2.1");
  for (let count = 0; count < 100; count++) sessions.add(`flood ${count}`, `2001:db8::${count}`);
  sessions.add("late", "192.0.2.2");
  assertEquals(sessions.size, 102);
  for (let count = 0; count < 90; count++) {
    const first = sessions.first()!;
    assertEquals(first, `flood ${count}`);
    sessions.delete(first);
  }
  assertEquals([...sessions].slice(0, 2), ["honest", "flood 90"], "in the order of the breaks");
});

Deno.test("broken sessions: one that breaks again is the newest, and all may go", () => {
  const sessions = new BrokenSessions<string>();
  for (const name of ["a", "b", "a"]) sessions.add(name, "192.0.2.1");
  assertEquals([...sessions], ["b", "a"]);
  for (const name of ["a", "b", "b"]) sessions.delete(name);
  assertEquals([sessions.size, sessions.first()], [0, undefined]);
  assert([...sessions].length === 0);
});
