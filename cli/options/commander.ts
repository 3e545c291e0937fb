/**
 * The library commander.
 *
 * @module
 */

// @ts-types="@commander-js/extra-typings"
export * from "commander";
