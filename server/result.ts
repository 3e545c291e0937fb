import type { ProtocolError } from "../protocol/mod.ts";

/** The result of an action that may be refused. */
export type Result<Value> =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly error: ProtocolError; readonly value?: undefined };
