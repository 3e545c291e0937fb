import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { isOpenJson, MAX_FRAME_BYTES, toByteString } from "../../protocol/mod.ts";

const ROWS: readonly (readonly [text: string, isOpen: boolean])[] = [
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
for (const [text, isOpen] of ROWS) {
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

Deno.test("open JSON: a thousand looks at as much as a client may send take under a second", () => {
  const texts = ["[", "[]", '""', "{"].map((text) => text.repeat(MAX_FRAME_BYTES / text.length));
  const start = performance.now();
  for (let count = 0; count < 250; count++) for (const text of texts) isOpenJson(text);
  const took = performance.now() - start;
  assert(took < 1000, `${took} ms`);
});
