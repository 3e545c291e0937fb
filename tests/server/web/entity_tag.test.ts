import { assertEquals, assertNotEquals } from "@std/assert";
import { entityTagOf, isKnown } from "../../../server/web/entity_tag.ts";

Deno.test("entity tag: differs with the body", () => {
  assertEquals(entityTagOf("a"), entityTagOf("a"));
  assertNotEquals(entityTagOf("a"), entityTagOf("b"));
  assertEquals(/^"[\w-]{22}"$/.test(entityTagOf("")), true);
});

Deno.test("entity tag: is known by itself, in a list, weak, and by *", () => {
  const known = ['"a"', 'W/"a"', '"b", "a"', '"b" ,W/"a"', "*", " * "];
  for (const header of known) assertEquals(isKnown(header, '"a"'), true, header);
  const unknown = [undefined, "", "a", '"b"', '"A"', '"a', '"b", *'];
  for (const header of unknown) assertEquals(isKnown(header, '"a"'), false, header);
});
