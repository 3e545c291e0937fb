import { assertEquals } from "@std/assert";
import { type JsonSchema, shapeFault } from "../../cli/json_shape.ts";

const SCHEMA: JsonSchema = {
  type: "object",
  required: ["name", "points"],
  properties: {
    name: { type: "string", enum: ["a", "b"] },
    points: { type: "array", items: { $ref: "#/definitions/Point" } },
    rate: { anyOf: [{ type: "number" }, { $ref: "#/definitions/Ramp" }, { type: "null" }] },
    kind: { type: "string", const: "run" },
    size: { type: ["number", "null"] },
    counts: { type: "object", additionalProperties: { type: "number" } },
  },
  definitions: {
    Point: { type: "object", required: ["at"], properties: { at: { type: "number" } } },
    Ramp: { type: "object", required: ["from", "to"], properties: { to: { type: "number" } } },
  },
};

Deno.test("shape: the first field that is missing or of another type is named by its path", () => {
  const valid = { name: "a", points: [{ at: 1 }, { at: 2, more: [] }] };
  for (
    const [value, fault] of [
      [valid, undefined],
      [{ ...valid, further: "fields" }, undefined],
      [{ ...valid, rate: null, kind: "run", size: null }, undefined],
      [{ ...valid, rate: { from: 1, to: 2 }, size: 5 }, undefined],
      [null, ""],
      [[], ""],
      ["text", ""],
      [{ points: [] }, "name"],
      [{ ...valid, name: "c" }, "name"],
      [{ ...valid, name: 1 }, "name"],
      [{ ...valid, kind: "search" }, "kind"],
      [{ ...valid, points: {} }, "points"],
      [{ ...valid, points: [{ at: 1 }, { at: "2" }] }, "points[1].at"],
      [{ ...valid, points: [null] }, "points[0]"],
      [{ ...valid, points: [{ at: JSON.parse("1e999") }] }, "points[0].at"],
      [{ ...valid, rate: { from: 1, to: "x" } }, "rate.to"],
      [{ ...valid, rate: "fast" }, "rate"],
      [{ ...valid, size: "large" }, "size"],
      [{ ...valid, counts: { one: 1, two: 2 } }, undefined],
      [{ ...valid, counts: { one: 1, two: null } }, "counts.two"],
      // Names of an object's own methods are no fields of it.
      [Object.create(valid), "name"],
    ] as const
  ) {
    assertEquals(shapeFault(value, SCHEMA, SCHEMA), fault, JSON.stringify(value));
  }
});
