import { assertEquals } from "@std/assert";
import { TypedHistory } from "../../../web/model/typed_history.ts";

Deno.test("typed history: the arrow keys move through the texts, up to an empty field", () => {
  const history = new TypedHistory();
  assertEquals(history.recall("", -1), undefined);
  for (const text of ["one", "two", "two"]) history.add(text);
  assertEquals(history.recall("", 1), undefined);
  assertEquals(history.recall("", -1), "two");
  assertEquals(history.recall("two", -1), "one");
  assertEquals(history.recall("one", -1), undefined);
  assertEquals(history.recall("edited", 1), undefined);
  assertEquals(history.recall("one", 1), "two");
  assertEquals(history.recall("two", 1), "");
});

Deno.test("typed history: no password is stored, and nothing after a clear", () => {
  const history = new TypedHistory();
  history.add("/register secret");
  assertEquals(history.recall("", -1), undefined);
  history.add("one");
  history.clear();
  assertEquals(history.recall("", -1), undefined);
});

Deno.test("typed history: it has a maximum of texts", () => {
  const history = new TypedHistory();
  for (let n = 1; n <= 150; n++) history.add(`text ${n}`);
  let field = "";
  let count = 0;
  for (let text = history.recall(field, -1); text !== undefined; text = history.recall(field, -1)) {
    field = text;
    count++;
  }
  assertEquals([count, field], [100, "text 51"]);
});
