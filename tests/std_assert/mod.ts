/**
 * `@std/assert`, taken from npm: `deno-std` publishes the same code there, without its types.
 *
 * Where JSR can be reached, point the import map's `@std/assert` at `jsr:@std/assert` instead.
 *
 * @module
 */

// @ts-types="./mod.d.ts"
export * from "deno-std/assert/mod.js";
