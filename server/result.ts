import type { ProtocolError } from "../protocol/mod.ts";

/** The outcome of something that a rule may forbid. */
export type Result<Value> =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly error: ProtocolError; readonly value?: undefined };
