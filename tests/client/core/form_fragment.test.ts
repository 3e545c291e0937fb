import { assertEquals } from "@std/assert";
import { formFragment, readFragment } from "../../../client/core/form_fragment.ts";

Deno.test("form fragment: name and room go along to another page", () => {
  for (const values of [{ name: "Ann", room: "a&b=c" }, { name: "Дарья", room: "" }]) {
    assertEquals(readFragment(formFragment(values)), values);
  }
  assertEquals(formFragment({ name: "", room: "" }), "");
});
