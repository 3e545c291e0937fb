/**
 * Runs the parts of a test at the same time, for parts that mostly wait. Each runs to its end.
 *
 * @param parts each with its name, which the error of a failed one starts with.
 * @throws {AggregateError} with the errors of all failed parts.
 */
export async function sideBySide(
  parts: Iterable<readonly [name: string, run: () => Promise<void>]>,
): Promise<void> {
  const errors: Error[] = [];
  await Promise.all(Array.from(parts, async ([name, run]) => {
    await run().catch((cause) => errors.push(new Error(`${name}: ${cause.message}`, { cause })));
  }));
  if (errors.length > 0) {
    throw new AggregateError(errors, errors.map(({ message }) => message).join("\n"));
  }
}
