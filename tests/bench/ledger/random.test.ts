import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { newRunId } from "../../../bench/ledger/payload_codec.ts";
import { seededRandom } from "../../../bench/ledger/random.ts";

Deno.test("random: the same seed gives the same numbers, another one others", () => {
  const numbers = (seed: number) => Array.from({ length: 100 }, seededRandom(seed));
  assertEquals(numbers(7), numbers(7));
  assertNotEquals(numbers(7), numbers(8));
  assert(numbers(7).every((number) => number >= 0 && number < 1));
  assertEquals(newRunId(seededRandom(1)), newRunId(seededRandom(1)));
});
