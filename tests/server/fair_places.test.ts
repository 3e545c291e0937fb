import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fairVictim, type PlaceHolder } from "../../server/files/fair_places.ts";
import { addressKey } from "../../server/network_address.ts";
import type { Member } from "../../server/member.ts";
import { memberOf } from "./fakes.ts";

const at = (name: string, address: string) => memberOf(name, { address });
const placesOf = (...holders: readonly Member[]): PlaceHolder => ({ holders });

Deno.test("fair places: the address with the most gives up its newest", () => {
  const [one, two, other] = [
    at("One", "192.0.2.1"),
    at("Two", "192.0.2.1"),
    at("Other", "192.0.2.2"),
  ];
  const taken = [placesOf(one!), placesOf(two!), placesOf(one!), placesOf(other!)];
  assertEquals(fairVictim(taken, [at("New", "192.0.2.3")]), taken[2]);
  assertEquals(fairVictim(taken, [other!]), taken[2], "it has one place, the others three");
  assertEquals(fairVictim(taken.slice(1), [other!]), undefined, "one more would be unfair");
});

Deno.test("fair places: hosts of one IPv6 network share their places", () => {
  const taken = [1, 2, 3].map((host) => placesOf(at(`U${host}`, `2001:db8::${host}`)));
  assertEquals(fairVictim(taken, [at("New", "2001:db8:0:1::1")]), taken[2]);
});

Deno.test("fair places: within one address the member with the most gives up its newest", () => {
  const [greedy, modest, new_] = ["G", "M", "N"].map((name) => at(name, "192.0.2.1"));
  const taken = [placesOf(greedy!), placesOf(modest!), placesOf(greedy!)];
  assertEquals(fairVictim(taken, [new_!]), taken[2]);
  assertEquals(fairVictim(taken, [greedy!]), undefined, "nobody makes room for the greedy one");
});

Deno.test("fair places: whoever comes, no address keeps two places more than another one wants", () => {
  const people = Array.from({ length: 12 }, (_, index) => at(`U${index}`, `192.0.2.${index % 4}`));
  const arrivals = fc.array(fc.constantFrom(...people), { minLength: 60, maxLength: 120 });
  fc.assert(fc.property(arrivals, (arrivals) => {
    let taken: PlaceHolder[] = [];
    for (const person of arrivals) {
      if (taken.length < 20) taken = [...taken, placesOf(person)];
      else {
        const victim = fairVictim(taken, [person]);
        if (victim !== undefined) {
          taken = [...taken.filter((each) => each !== victim), placesOf(person)];
        }
      }
    }
    const counts = new Map<string, number>();
    for (const { holders: [holder] } of taken) {
      const key = addressKey(holder!.address);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const last = addressKey(arrivals.at(-1)!.address);
    const most = Math.max(...counts.values());
    assert(taken.length < 20 || most - (counts.get(last) ?? 0) <= 1, JSON.stringify([...counts]));
  }));
});
