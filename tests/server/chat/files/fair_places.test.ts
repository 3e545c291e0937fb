import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fairVictim, type PlaceHolder } from "../../../../server/chat/files/fair_places.ts";
import type { Member } from "../../../../server/chat/member.ts";
import { memberOf } from "../../fakes.ts";

const at = (name: string, address: string) => memberOf(name, { address });
const placesOf = (...holders: readonly Member[]): PlaceHolder => ({ holders });

Deno.test("fair places: the address with the most loses its newest", () => {
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

Deno.test("fair places: within one address the member with the most loses its newest", () => {
  const [greedy, modest, new_] = ["G", "M", "N"].map((name) => at(name, "192.0.2.1"));
  const taken = [placesOf(greedy!), placesOf(modest!), placesOf(greedy!)];
  assertEquals(fairVictim(taken, [new_!]), taken[2]);
  assertEquals(fairVictim(taken, [greedy!]), undefined, "no member makes room for the greedy one");
});

Deno.test("fair places: no address keeps two places more than another one that needs one", () => {
  const people = Array.from({ length: 12 }, (_, index) => at(`U${index}`, `192.0.2.${index % 4}`));
  const arrivals = fc.array(fc.constantFrom(...people), { minLength: 20, maxLength: 120 });
  fc.assert(fc.property(arrivals, fc.constantFrom(...people), (arrivals, wanting) => {
    let taken: PlaceHolder[] = [];
    const countOf = (address: string) =>
      taken.filter(({ holders: [holder] }) => holder!.addressKey === address).length;
    // A member that wants all places has its share at the end, for any earlier distribution.
    for (const person of [...arrivals, ...new Array<Member>(20).fill(wanting)]) {
      const own = person.addressKey;
      const most = Math.max(...people.map(({ addressKey }) => countOf(addressKey)));
      if (taken.length === 20) {
        const victim = fairVictim(taken, [person]);
        assert(victim !== undefined || most - countOf(own) <= 1, "it has its share");
        if (victim === undefined) continue;
        const loser = victim.holders[0]!.addressKey;
        if (most - countOf(own) > 1) assertEquals(countOf(loser), most, "the one with most loses");
        taken = taken.filter((each) => each !== victim);
      }
      taken = [...taken, placesOf(person)];
    }
    const most = Math.max(...people.map(({ addressKey }) => countOf(addressKey)));
    assert(most - countOf(wanting.addressKey) <= 1);
  }));
});
