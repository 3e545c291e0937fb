import { assert } from "@std/assert";
import { fairVictim } from "../../../../server/chat/files/fair_places.ts";
import { memberOf } from "../../fakes.ts";
import { BOUND, costOf } from "../../stopwatch.ts";

Deno.test("cost: the one of 4096 places to take away is found in 1 ms", () => {
  const people = Array.from(
    { length: 1000 },
    (_, index) => memberOf(`U${index}`, { address: `2001:db8:0:${index.toString(16)}::1` }),
  );
  const taken = Array.from({ length: 4096 }, (_, index) => ({ holders: [people[index % 1000]!] }));
  assert(costOf(() => () => fairVictim(taken, [people[999]!]), BOUND) <= BOUND);
});
