/** What is given of a value, at any depth. */
type DeepPartial<Value> = Value extends (infer Item)[] ? DeepPartial<Item>[]
  : Value extends readonly (infer Item)[] ? readonly DeepPartial<Item>[]
  : Value extends object ? { [Key in keyof Value]?: DeepPartial<Value[Key]> | undefined }
  : Value;

/**
 * A value whose code under test reads only some fields: those that are given have their
 * declared types, the others are missing.
 */
export function partOf<Whole>(part: DeepPartial<Whole>): Whole {
  return part as Whole;
}
