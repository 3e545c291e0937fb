import { assertEquals, assertThrows } from "@std/assert";
import {
  describeCondition,
  describeFulfilled,
  fulfilledAt,
  isNear,
  type LessonEvent,
  parseConditions,
} from "../../../client/learn/conditions.ts";

const connects: LessonEvent = { kind: "connects" };
const sends = (text: string): LessonEvent => ({ kind: "sends", text });
const waits = (count: number): LessonEvent => ({ kind: "waits", count });
const joins = (text: string): LessonEvent => ({ kind: "joins", text });

Deno.test("conditions: the words of a fence are read", () => {
  assertEquals(parseConditions('connects 3, sends "a, b", closes, joins Ann,waits 2, joins 20'), [
    { kind: "connects", count: 3 },
    { kind: "sends", count: 1, text: "a, b" },
    { kind: "closes", count: 1 },
    { kind: "joins", count: 1, text: "Ann" },
    { kind: "waits", count: 2 },
    { kind: "joins", count: 20 },
  ]);
});

for (const wrong of ["dances", "connects Ann", "joins", "leaves", 'waits "x"', "sends x"]) {
  Deno.test(`conditions: ${wrong} is refused`, () => {
    assertThrows(() => parseConditions(wrong), SyntaxError, `unknown condition "${wrong}"`);
  });
}

/** A condition, events, and behind which of them it is fulfilled. */
const CASES: readonly (readonly [string, readonly LessonEvent[], number | undefined])[] = [
  ["connects", [], undefined],
  ["connects", [sends("x"), connects], 2],
  ["connects 2", [connects], undefined],
  ["connects 2", [connects, connects, connects], 2],
  ['sends "Hello"', [sends("Help")], undefined],
  ['sends "Hello"', [sends(" hello\n")], 1], // case and white space do not matter
  ['sends "one two"', [sends("one\ntwo\n")], 1],
  ["sends", [sends("anything")], 1],
  ['connects, sends "a", closes', [connects, { kind: "closes" }], undefined],
  ['connects, sends "a", closes', [{ kind: "closes" }, sends("a"), connects], 3], // in any order
  ["waits 2", [waits(1)], undefined],
  ["waits 2", [waits(1), waits(1)], undefined], // a state: two times one is not two
  ["waits 2", [waits(3)], 1],
  ["joins Ann", [joins("Bob"), joins("Ann")], 2],
  ["joins 2", [joins("Bob"), joins("Ann")], 2],
];

for (const [source, events, expected] of CASES) {
  Deno.test(`conditions: ${source} with ${JSON.stringify(events)} is ${expected}`, () => {
    assertEquals(fulfilledAt(parseConditions(source), events), expected);
  });
}

Deno.test("conditions: another text than the wanted one is near", () => {
  const hello = parseConditions('connects, sends "Hello"');
  assertEquals(isNear(hello, sends("Helo")), true);
  assertEquals(isNear(hello, sends("Hello")), false);
  assertEquals(isNear(hello, joins("Helo")), false);
  assertEquals(isNear(parseConditions("sends"), sends("x")), false);
});

Deno.test("conditions: each is described before and after", () => {
  const all =
    'connects, connects 2, sends, sends "a", closes, closes 2, waits 1, waits 2, joins 2, ' +
    "joins Ann, leaves Ann";
  assertEquals(parseConditions(all).map(describeCondition), [
    "a client connects",
    "2 clients connect",
    "a text arrives",
    '"a" arrives',
    "a connection ends",
    "2 connections end",
    "a client waits in the queue",
    "2 clients wait in the queue",
    "2 users join",
    "Ann joins",
    "Ann leaves",
  ]);
  assertEquals(parseConditions(all).map(describeFulfilled), [
    "A client has connected.",
    "2 clients have connected.",
    "The text has arrived.",
    '"a" has arrived.',
    "The connection has ended.",
    "2 connections have ended.",
    "A client waits in the queue.",
    "2 clients wait in the queue.",
    "2 users have joined.",
    "Ann has joined.",
    "Ann has left.",
  ]);
});
