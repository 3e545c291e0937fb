/**
 * hubbub: a chat server, its clients and a load tester, as a library.
 *
 * Run directly, this module is the program of cli/main.ts, which starts faster by itself.
 *
 * @module
 */

export * from "./bench/mod.ts";
export * from "./client/mod.ts";
export * from "./protocol/mod.ts";
export * from "./server/mod.ts";

if (import.meta.main) {
  const { main } = await import("./cli/main.ts");
  await main();
}
