/** The fields of text of every client frame, found in the shapes themselves. */

import { CLIENT_FRAME_SHAPES } from "../../protocol/client_shapes.ts";
import type { ClientFrameType } from "../../protocol/mod.ts";

/** A field of text of a frame. */
export interface StringField {
  readonly type: ClientFrameType;
  /** From the frame to the field, such as `["resume", "session"]`, or `["rooms", "0"]` of a list. */
  readonly path: readonly string[];
  /** Longest value, in UTF-16 units; absent where the shape has no limit. */
  readonly limit: number | undefined;
}

/** As much of a valibot schema as is looked at. */
interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly wrapped?: Schema;
  /** Of the elements of an array. */
  readonly item?: Schema;
  readonly pipe?: readonly (Schema & { readonly requirement?: unknown })[];
}

/** What the fields that a frame needs hold, where a short word does not do. */
const SAMPLES: Readonly<Record<string, string>> = { sha256: "0".repeat(64), data: "AAAA" };

const TYPES = Object.keys(CLIENT_FRAME_SHAPES) as ClientFrameType[];

const fieldsOf = (schema: Schema) =>
  Object.entries(schema.entries ?? {}).filter(([name]) => name !== "type");

function limitOf({ pipe = [] }: Schema): number | undefined {
  // The first step behind the string: whatever stands before the limit looks at the whole text.
  const [inner, first] = pipe;
  if (inner?.pipe !== undefined) return limitOf(inner);
  return first?.type === "max_length" ? Number(first.requirement) : undefined;
}

function stringFields(type: ClientFrameType, schema: Schema, path: string[]): StringField[] {
  if (schema.wrapped !== undefined) return stringFields(type, schema.wrapped, path);
  if (schema.item !== undefined) return stringFields(type, schema.item, [...path, "0"]);
  if (schema.type === "string") return [{ type, path, limit: limitOf(schema) }];
  return fieldsOf(schema).flatMap(([name, inner]) => stringFields(type, inner, [...path, name]));
}

/** Every field of text that a client may send. */
export function everyStringField(): StringField[] {
  return TYPES.flatMap((type) => stringFields(type, CLIENT_FRAME_SHAPES[type] as Schema, []));
}

function sampleOf(name: string, schema: Schema): unknown {
  if (schema.wrapped !== undefined) return sampleOf(name, schema.wrapped);
  switch (schema.type) {
    case "string":
      return SAMPLES[name] ?? "x";
    case "number":
      return 1;
    case "boolean":
      return true;
    case "array":
      return [sampleOf(name, schema.item!)];
    // The numbers by the names of rooms.
    case "unknown":
      return { x: 1 };
    case "object":
      return Object.fromEntries(
        fieldsOf(schema).map(([inner, field]) => [inner, sampleOf(inner, field)]),
      );
  }
  throw new TypeError(`Cannot make a sample of "${name}": its type is ${schema.type}`);
}

/** A frame with every field, and each may be sent so. */
export function sampleFrame(type: ClientFrameType): Record<string, unknown> {
  return { type, ...sampleOf(type, CLIENT_FRAME_SHAPES[type] as Schema) as object };
}

/** The frame with a value in one of its fields. */
export function frameWith({ type, path }: StringField, value: unknown): object {
  const frame = sampleFrame(type);
  const parent = path.slice(0, -1).reduce<Record<string, unknown>>(
    (object, name) => object[name] as Record<string, unknown>,
    frame,
  );
  parent[path.at(-1)!] = value;
  return frame;
}

/** Every type of frame. */
export function everyFrameType(): readonly ClientFrameType[] {
  return TYPES;
}
