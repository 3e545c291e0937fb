/**
 * Measures until a result is as it should be, or so often, and returns the last one.
 *
 * For what other work of the machine can spoil and never mend: what the program does wrong, it does
 * wrong every time.
 */
export async function firstGood<Result>(
  measure: () => Promise<Result>,
  isGood: (result: Result) => boolean,
  attempts = 4,
): Promise<Result> {
  let result = await measure();
  for (let left = attempts - 1; left > 0 && !isGood(result); left--) result = await measure();
  return result;
}
