import type { ClientFrameOf } from "../protocol/mod.ts";

/** A `hello`; its name is empty for a client that listens without one. */
export type Hello = ClientFrameOf<"hello"> & { readonly name: string };
