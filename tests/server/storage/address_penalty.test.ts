import { assertEquals } from "@std/assert";
import { AddressPenalty } from "../../../server/storage/mod.ts";

const MINUTE = 60_000;

Deno.test("address penalty: three wrong passwords are free, then 1, 2, 4 ... 60 seconds", () => {
  const penalty = new AddressPenalty();
  let now = 0;
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 11; attempt++) {
    const wait = penalty.place("a", now);
    waits.push(wait / 1000);
    now += wait;
    penalty.wrong("a", now);
  }
  assertEquals(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
  assertEquals(penalty.place("b", now), 0, "another address");
});

Deno.test("address penalty: who comes later has waited already", () => {
  const penalty = new AddressPenalty();
  for (let count = 0; count < 5; count++) penalty.wrong("a", 1000);
  assertEquals(penalty.place("a", 1000 + 1500), 2500);
  const later = new AddressPenalty();
  for (let count = 0; count < 5; count++) later.wrong("a", 1000);
  assertEquals(later.place("a", 1000 + 4000), 0);
});

Deno.test("address penalty: those who ask at once wait for one another", () => {
  const penalty = new AddressPenalty();
  for (let count = 0; count < 3; count++) penalty.wrong("a", 0);
  assertEquals([1, 2, 3, 4].map(() => penalty.place("a", 0)), [1000, 2000, 3000, 4000]);
});

Deno.test("address penalty: ten minutes without a wrong one, and it is forgotten", () => {
  const penalty = new AddressPenalty();
  for (let count = 0; count < 9; count++) penalty.wrong("a", 0);
  assertEquals(penalty.place("a", 10 * MINUTE - 1), 0);
  assertEquals(penalty.size, 1);
  assertEquals(penalty.place("a", 10 * MINUTE), 0);
  assertEquals(penalty.size, 0);
  penalty.wrong("a", 10 * MINUTE);
  assertEquals(penalty.place("a", 10 * MINUTE), 0, "it counts from one again");
});

Deno.test("address penalty: the one that was wrong the longest ago makes room", () => {
  const penalty = new AddressPenalty(3);
  for (const address of ["a", "b", "c"]) {
    for (let count = 0; count < 3; count++) penalty.wrong(address, 0);
  }
  penalty.wrong("a", 1);
  penalty.wrong("d", 2);
  assertEquals(penalty.size, 3);
  assertEquals(penalty.place("b", 2), 0);
  assertEquals(penalty.place("a", 2), 1999);
  assertEquals(penalty.place("c", 2), 998);
});
