/** Whether everything is run, as CI does with `HUBBUB_TEST_THOROUGH=1`; otherwise a case of each kind. */
export const IS_THOROUGH = Deno.env.get("HUBBUB_TEST_THOROUGH") === "1";

/**
 * Whether tests that take tens of seconds are run, too.
 *
 * @param what what is left out otherwise, to be reported.
 */
export function isThorough(what: string): boolean {
  if (IS_THOROUGH) return true;
  console.log(`left out: ${what}; HUBBUB_TEST_THOROUGH=1 runs that too`);
  return false;
}

/** All rows of a table in a thorough run, otherwise the first ones: for rows that each start programs. */
export function sampleOf<Row>(rows: readonly Row[], count: number): readonly Row[] {
  return IS_THOROUGH ? rows : rows.slice(0, count);
}
