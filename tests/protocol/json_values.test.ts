import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { isOpenJson, shallowJson } from "../../protocol/json_values.ts";
import {
  MAX_FRAME_BYTES,
  MAX_FRAME_VALUES,
  parseJsonFrame,
  toByteString,
} from "../../protocol/mod.ts";
import { cpuMilliseconds } from "../support/cpu_time.ts";

const LONG = " ".repeat(5000);

/** A frame with this number of values. */
const wide = (count: number) => `{"type":"users",${'"k":0,'.repeat(count - 2)}${LONG}"k":0}`;

Deno.test("json values: all values of a long text are counted", () => {
  assertEquals(shallowJson(wide(101), 100), wide(101));
  assertEquals(shallowJson(wide(102), 100), undefined);
  assertEquals(shallowJson(`{"a":[${"[0,0],".repeat(50)}0]}${LONG}`, 99), undefined);
  const short = wide(102).replace(LONG, "");
  assertEquals(shallowJson(short, 100), short, "a short one is not looked at");
});

Deno.test("json values: deeply nested values become null", () => {
  const nested = (depth: number, inner: string) =>
    "[".repeat(depth) + inner + "]".repeat(depth) + LONG;
  assertEquals(shallowJson(nested(8, "1"), 9), nested(8, "1"));
  assertEquals(shallowJson(nested(9, "1"), 9), nested(8, "null"));
  assertEquals(shallowJson(nested(2000, "1,2,3"), 9), nested(8, "null"));
  assertEquals(shallowJson(nested(8, '[1],{"a":2}'), 9), nested(8, "null,null"));
  assertEquals(shallowJson("[".repeat(5000), 9), "[".repeat(8), "and stays without an end");
});

Deno.test("json values: the content of strings does not count", () => {
  for (const text of ["[", ",", "{", "]", '"[', "\\", '\\"[', "\\\\[", '"'.repeat(9)]) {
    const json = JSON.stringify({ text: text.repeat(5000) });
    assertEquals(shallowJson(json, 0), json, text);
    assertEquals(shallowJson(`[${json},0]`, 0), undefined, text);
  }
  const open = '"' + "[".repeat(5000);
  assertEquals(shallowJson(open, 0), open, "nor in one without an end");
});

Deno.test("json values: a text with fewer and less nested values stays unchanged", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
    const json = JSON.stringify(value) + LONG;
    assertEquals(shallowJson(json, 10_000), json);
  }));
});

Deno.test("json values: a frame with too many is refused, one with deep ones read", () => {
  const parse = (json: string) => parseJsonFrame(toByteString(json));
  assertEquals(parse(wide(MAX_FRAME_VALUES))?.error, undefined);
  assertEquals(
    parse(wide(MAX_FRAME_VALUES + 2))?.error?.text,
    "Invalid request: it may have at most 256 values.",
  );
  const deep = parse(`{"x":${"[".repeat(9000)}${"]".repeat(9000)},"type":"quit"}`);
  assert(deep?.frame?.type === "quit");
});

const OPEN_TEXTS: readonly (readonly [text: string, isOpen: boolean])[] = [
  ["", false],
  ["{}", false],
  ["{}{}", false],
  ["{} {", true],
  ["{", true],
  ['{"a":[1,2', true],
  ['{"a":[1,2]', true],
  ['{"a":[1,2]}', false],
  ['{"a":"}"', true],
  ['{"a":"}', true],
  ['{"a":"\\"}', true],
  ['{"a":"\\\\"}', false],
  ['{"a":"\\', true],
  ['"a', true],
  ["hello", false],
  ["[1]", false],
];
for (const [text, isOpen] of OPEN_TEXTS) {
  Deno.test(`open JSON: ${JSON.stringify(text)}: ${isOpen}`, () => {
    assertEquals(isOpenJson(text), isOpen);
  });
}

Deno.test("open JSON: every object is open before its end, and not at its end", () => {
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (object) => {
    const bytes = toByteString(JSON.stringify(object));
    for (let length = 1; length < bytes.length; length++) {
      assertEquals(isOpenJson(bytes.slice(0, length)), true);
    }
    assertEquals(isOpenJson(bytes), false);
  }));
});

Deno.test("open JSON: a thousand checks of the longest frame take under a second", () => {
  const texts = ["[", "[]", '""', "{"].map((text) => text.repeat(MAX_FRAME_BYTES / text.length));
  const took = cpuMilliseconds(() => {
    for (let count = 0; count < 250; count++) for (const text of texts) isOpenJson(text);
  });
  assert(took < 1000, `${took} ms`);
});
