import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import {
  AWAY_MILLISECONDS,
  ClassRoll,
  MAX_LEARNERS,
  MAX_LEARNERS_PER_ADDRESS,
} from "../../../client/learn/class_roll.ts";
import { readPosition } from "../../../client/learn/position.ts";

const POSITION = { lesson: 3, step: 2, steps: 9, answered: 2 };

function newRoll() {
  const clock = { now: 0 };
  let tokens = 0;
  return { clock, roll: new ClassRoll(() => clock.now, () => `token ${++tokens}`) };
}

const states = (roll: ClassRoll) => roll.learners().map(({ name, state }) => `${name} ${state}`);

Deno.test("class: learners are shown by name, with their positions", () => {
  const { roll } = newRoll();
  const { token } = roll.join("Bob", "b");
  roll.join(" Ann ", "a");
  roll.report(token!, POSITION);
  assertEquals(roll.learners().map(({ name, position }) => [name, position]), [
    ["Ann", undefined],
    ["Bob", POSITION],
  ]);
});

Deno.test("class: a report that arrives after its learner has left changes nothing of that", () => {
  const { roll } = newRoll();
  const { token } = roll.join("Ann", "a");
  roll.leave(token!);
  assertEquals(roll.report(token!, POSITION), true);
  assertEquals(roll.learners().map(({ state, position }) => [state, position]), [
    ["left", POSITION],
  ]);
});

Deno.test("class: a name belongs to one learner until that one has left or is away", () => {
  const { roll, clock } = newRoll();
  const first = roll.join("Ann", "a");
  const taken = 'The name "ann" is taken in this class. Choose another --name.';
  assertEquals(roll.join("ann", "b").refusal, taken);
  clock.now += AWAY_MILLISECONDS;
  assertEquals(roll.join("ann", "b").refusal, taken);
  clock.now += 1;
  assertEquals(states(roll), ["Ann away"]);
  const second = roll.join("ann", "b");
  assertNotEquals(second.token, undefined);
  // The first learner is not the second one.
  assertEquals(roll.report(first.token!, POSITION), false);
  assertEquals(roll.leave(second.token!), true);
  assertEquals(states(roll), ["ann left"]);
  assertNotEquals(roll.join("Ann", "a").token, undefined);
});

Deno.test("class: a report brings back a learner who was away", () => {
  const { roll, clock } = newRoll();
  const { token } = roll.join("Ann", "a");
  roll.report(token!, POSITION);
  clock.now += AWAY_MILLISECONDS + 1;
  assertEquals(states(roll), ["Ann away"]);
  assertEquals(roll.report(token!, undefined), true); // without news
  assertEquals(states(roll), ["Ann here"]);
  assertEquals(roll.learners()[0]!.position, POSITION);
});

Deno.test("class: unknown tokens change nothing", () => {
  const { roll } = newRoll();
  roll.join("Ann", "a");
  assertEquals([roll.report("", POSITION), roll.leave("x")], [false, false]);
  assertEquals(states(roll), ["Ann here"]);
});

for (const name of ["", "  ", "a".repeat(500), "a\u202eb", "[SYSTEM]"]) {
  Deno.test(`class: the name ${JSON.stringify(name.slice(0, 10))} is refused`, () => {
    const { roll } = newRoll();
    assertMatch(roll.join(name, "a").refusal!, /^A name .*Choose another\.$/);
    assertEquals(roll.learners(), []);
  });
}

Deno.test("class: the number of learners is bounded, in all and from an address", () => {
  const { roll, clock } = newRoll();
  const join = (count: number, address: string) =>
    Array.from({ length: count }, (_, index) => roll.join(`${address}${index}`, address));
  const flood = join(MAX_LEARNERS_PER_ADDRESS + 5, "x");
  assertEquals(flood.filter(({ token }) => token !== undefined).length, MAX_LEARNERS_PER_ADDRESS);
  assertMatch(flood.at(-1)!.refusal!, /^This class is full\./);
  for (const address of ["p", "q", "r", "s"]) join(MAX_LEARNERS_PER_ADDRESS, address);
  assertEquals(roll.learners().length, MAX_LEARNERS);
  assertMatch(roll.join("Ann", "z").refusal!, /^This class is full\./);
  // Those who have left make room, and are forgotten.
  roll.leave(flood[7]!.token!);
  assertNotEquals(roll.join("Ann", "z").token, undefined);
  assertEquals(roll.learners().some(({ name }) => name === "x7"), false);
  clock.now += AWAY_MILLISECONDS + 1;
  assertNotEquals(roll.join("Bob", "z").token, undefined);
  assertEquals(roll.learners().length, MAX_LEARNERS);
});

Deno.test("class: who gets no place takes none from a learner who is away", () => {
  const { roll, clock } = newRoll();
  const zoe = roll.join("Zoe", "z").token!;
  clock.now += AWAY_MILLISECONDS + 1;
  for (let count = 0; count < MAX_LEARNERS_PER_ADDRESS; count++) roll.join(`x${count}`, "x");
  assertMatch(roll.join("Zoe", "x").refusal!, /^This class is full\./);
  assertEquals(roll.report(zoe, POSITION), true);
});

Deno.test("class: positions of others than this program are refused", () => {
  assertEquals(readPosition({ ...POSITION, more: "x" }), POSITION);
  for (
    const wrong of [
      null,
      "x",
      [],
      { ...POSITION, lesson: "3" },
      { ...POSITION, lesson: -1 },
      { ...POSITION, step: 10 },
      { ...POSITION, steps: 1e9 },
      { ...POSITION, answered: 1.5 },
      { lesson: 1 },
    ]
  ) assertEquals(readPosition(wrong), undefined);
});
