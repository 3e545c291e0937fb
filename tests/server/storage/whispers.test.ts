import { assert, assertEquals } from "@std/assert";
import {
  DEFAULT_ID_LIMITS,
  DEFAULT_WHISPER_LIMITS,
  KeptWhispers,
  WhisperedIds,
} from "../../../server/storage/whispers.ts";
import { MAX_STORED_WHISPERS } from "../../../server/storage/store.ts";
import { range, sampleWhisper } from "./samples.ts";

/** A whisper with the longest text. */
function longest(number: number) {
  const whisper = sampleWhisper(number, 9);
  return { ...whisper, frame: { ...whisper.frame, text: "x".repeat(4096) } };
}

const LONGEST = longest(1).frame.text;

const numbers = (kept: KeptWhispers, to: number) => kept.after(to, 0).map(({ number }) => number);

Deno.test("whispers: one session keeps the last ones within its bytes", () => {
  const dropped: number[] = [];
  const kept = new KeptWhispers(DEFAULT_WHISPER_LIMITS, (_to, number) => dropped.push(number));
  for (const number of range(1, 500)) kept.add(1, longest(number), false);
  assert(kept.bytes <= DEFAULT_WHISPER_LIMITS.session);
  const left = numbers(kept, 1);
  assertEquals(left, range(501 - left.length, 500));
  assert(left.length > 25, `${left.length}`);
  assertEquals(dropped.at(-1), 500 - left.length);
});

Deno.test("whispers: owed ones stay, up to the bytes of a session", () => {
  const kept = new KeptWhispers(DEFAULT_WHISPER_LIMITS, () => {});
  for (const number of range(1, 20)) kept.add(1, longest(number), false);
  let last = 20;
  while (kept.canStore(1, LONGEST, undefined)) kept.add(1, longest(++last), true);
  assert(last - 20 > 25 && last - 20 <= MAX_STORED_WHISPERS, `${last}`);
  assert(kept.bytes <= DEFAULT_WHISPER_LIMITS.session);
  assertEquals(numbers(kept, 1), range(21, last), "those before the break went for them");
  assert(!kept.canStore(1, "x".repeat(4000), undefined));
  kept.settle(1);
  assert(kept.canStore(1, LONGEST, undefined));
});

Deno.test("whispers: a thousand broken connections share the total, and the last has room", () => {
  const kept = new KeptWhispers(DEFAULT_WHISPER_LIMITS, () => {});
  for (const to of range(1, 1000)) {
    let number = 0;
    while (kept.canStore(to, LONGEST, undefined)) kept.add(to, longest(++number), true);
    assertEquals(numbers(kept, to), range(1, number), "no owed whisper is dropped");
  }
  assert(kept.bytes < DEFAULT_WHISPER_LIMITS.total);
  for (const to of range(2001, 2010)) {
    for (const number of range(1, 3)) {
      assert(kept.canStore(to, "short", undefined), `${to}`);
      kept.add(to, sampleWhisper(number, 9), true);
    }
  }
  for (const to of range(1, 1000)) kept.remove(to);
  for (const to of range(2001, 2010)) kept.remove(to);
  assertEquals(kept.bytes, 0);
});

Deno.test("whispers: at the total, the sessions with the most lose their oldest", () => {
  const limits = { session: 100_000, total: 1_000_000 };
  const kept = new KeptWhispers(limits, () => {});
  kept.add(7, sampleWhisper(1, 9), false);
  for (const number of range(1, 40)) {
    for (const to of range(100, 150)) kept.add(to, longest(number), false);
    assert(kept.bytes <= limits.total);
  }
  assertEquals(numbers(kept, 7), [1], "the session with few whispers keeps them");
  for (const to of range(100, 150)) assert(numbers(kept, to).length >= 1, `${to}`);
});

Deno.test("whisper ids: bounded for one sender and for all, the oldest are dropped first", () => {
  const ids = new WhisperedIds(DEFAULT_ID_LIMITS);
  const long = (number: number) => String(number).padStart(64, "x");
  ids.add(77, "mine");
  for (const number of range(1, 20_000)) ids.add(1, long(number));
  assert(ids.bytes <= DEFAULT_ID_LIMITS.session + 100);
  assert(!ids.has(1, long(1)) && ids.has(1, long(20_000)));
  for (const by of range(2, 60)) for (const number of range(1, 5000)) ids.add(by, long(number));
  assert(ids.bytes <= DEFAULT_ID_LIMITS.total);
  assert(ids.has(77, "mine") && ids.has(60, long(5000)));
  for (const by of range(1, 60)) ids.remove(by);
  assertEquals(ids.bytes, 64 + 2 * 4);
});
