/**
 * Whether tests that take tens of seconds are run, too: with `HUBBUB_TEST_THOROUGH=1`, as CI does.
 *
 * @param what what is left out otherwise, to be told.
 */
export function isThorough(what: string): boolean {
  if (Deno.env.get("HUBBUB_TEST_THOROUGH") === "1") return true;
  console.log(`left out: ${what}; HUBBUB_TEST_THOROUGH=1 runs that too`);
  return false;
}
