/** The part of JSON Schema (draft 7) that `docs/bench.schema.json` uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  /** The schema of all other fields; with `false` or without it they are ignored. */
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

const REFERENCE = "#/definitions/";

/**
 * Compares a value with a schema. Further fields are allowed: another version may have more.
 *
 * A library such as Ajv (320 KB) is not worth it for these few keywords.
 *
 * @param root the schema with the definitions.
 * @returns the path of the first field that is missing or of another type; `undefined` if there is no such
 *   field. The path of the value itself is empty.
 */
export function shapeFault(
  value: unknown,
  schema: JsonSchema,
  root: JsonSchema,
  path = "",
): string | undefined {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(REFERENCE.length);
    return shapeFault(value, root.definitions![name]!, root, path);
  }
  if (schema.anyOf !== undefined) {
    const faults = schema.anyOf.map((each) => shapeFault(value, each, root, path));
    if (faults.includes(undefined)) return undefined;
    // The one that got furthest is most likely the one that was meant.
    return faults.toSorted((one, other) => other!.length - one!.length)[0];
  }
  const { const: constant, enum: choices, type } = schema;
  const isAllowed = (constant === undefined || value === constant) &&
    (choices === undefined || choices.includes(value)) &&
    (type === undefined || [type].flat().includes(typeOf(value) ?? ""));
  if (!isAllowed) return path;
  if (Array.isArray(value)) return elementFault(value, schema, root, path);
  return typeOf(value) === "object"
    ? fieldFault(value as Record<string, unknown>, schema, root, path)
    : undefined;
}

function elementFault(
  values: readonly unknown[],
  { items }: JsonSchema,
  root: JsonSchema,
  path: string,
): string | undefined {
  if (items === undefined) return undefined;
  for (const [index, value] of values.entries()) {
    const fault = shapeFault(value, items, root, `${path}[${index}]`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function fieldFault(
  value: Record<string, unknown>,
  { properties = {}, required = [], additionalProperties: others }: JsonSchema,
  root: JsonSchema,
  path: string,
): string | undefined {
  const placeOf = (name: string) => path === "" ? name : `${path}.${name}`;
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return placeOf(missing);
  for (const [name, field] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, name) ? properties[name]! : others;
    if (typeof schema !== "object") continue;
    const fault = shapeFault(field, schema, root, placeOf(name));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * The type of a JSON value. Numbers beyond the safe integers have none: no run has such figures, and sums
 * of them would be infinite.
 */
function typeOf(value: unknown): string | undefined {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") {
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? "number" : undefined;
  }
  return typeof value;
}
