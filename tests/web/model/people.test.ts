import { assertEquals } from "@std/assert";
import { People } from "../../../web/model/people.ts";

Deno.test("people: who comes, goes, is away and has another name", () => {
  const people = new People();
  people.set([{ name: "Cyd" }, { name: "ben", away: "" }], 2);
  people.add("Ann");
  people.add("ANN");
  people.setAway("cyd", "lunch");
  people.setAway("Ben", undefined);
  people.rename("cyd", "Dora");
  people.setAway("absent", "x");
  people.remove("absent");
  assertEquals(people.list, [
    { name: "ANN" },
    { name: "ben" },
    { name: "Dora", away: "lunch" },
  ]);
  assertEquals(people.total, 3);
});
