/**
 * The library commander, as `deno task bundle` has made it of the package: see `commander_platform.ts`.
 *
 * @module
 */

// @ts-types="@commander-js/extra-typings"
export * from "./commander_bundle.ts";
