import { assertEquals } from "@std/assert";
import {
  BEGINNING,
  readProgress,
  storedProgress,
  withAnswer,
} from "../../../client/learn/progress.ts";

const PROGRESS = { lesson: 7, step: 3, answered: new Map([[1, 1], [2, 3]]) };

Deno.test("progress: what is stored is read again", () => {
  for (const progress of [BEGINNING, PROGRESS]) {
    assertEquals(readProgress(storedProgress(progress), 15), progress);
  }
});

Deno.test("progress: the best number of choices counts", () => {
  const better = withAnswer(withAnswer(PROGRESS, 2, 1), 2, 2);
  assertEquals(better.answered.get(2), 1);
  assertEquals(PROGRESS.answered.get(2), 3);
});

for (
  const damaged of [
    "",
    storedProgress(PROGRESS).slice(0, 20), // cut in half
    "null",
    "[]",
    '{"version":1}',
    '{"version":2,"lesson":7,"step":3,"answered":{}}',
    '{"version":1,"lesson":0,"step":3,"answered":{}}',
    '{"version":1,"lesson":16,"step":3,"answered":{}}',
    '{"version":1,"lesson":1.5,"step":3,"answered":{}}',
    '{"version":1,"lesson":7,"step":-1,"answered":{}}',
    '{"version":1,"lesson":7,"step":3,"answered":[1]}',
    '{"version":1,"lesson":7,"step":3,"answered":{"99":1}}',
    '{"version":1,"lesson":7,"step":3,"answered":{"1":"1"}}',
    '{"version":1,"lesson":7,"step":3,"answered":{"1":0}}',
  ]
) {
  Deno.test(`progress: ${JSON.stringify(damaged)} is damaged`, () => {
    assertEquals(readProgress(damaged, 15), undefined);
  });
}
