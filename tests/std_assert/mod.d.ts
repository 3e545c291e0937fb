/** Types of the assertions that the tests use. */

export class AssertionError extends Error {}

export function assert(expression: unknown, message?: string): asserts expression;
export function assertFalse(expression: unknown, message?: string): void;
export function assertEquals<T>(actual: T, expected: T, message?: string): void;
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T;
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void;
export function assertExists<T>(
  actual: T,
  message?: string,
): asserts actual is NonNullable<T>;
export function assertGreater<T>(actual: T, expected: T, message?: string): void;
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void;
export function assertLess<T>(actual: T, expected: T, message?: string): void;
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void;
export function assertStringIncludes(actual: string, expected: string, message?: string): void;
export function assertMatch(actual: string, expected: RegExp, message?: string): void;
export function assertNotMatch(actual: string, expected: RegExp, message?: string): void;
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  message?: string,
): void;
export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any -- as in the original
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  message?: string,
): void;
export function assertInstanceOf<T>(
  actual: unknown,
  // deno-lint-ignore no-explicit-any -- as in the original
  expected: abstract new (...parameters: any[]) => T,
  message?: string,
): asserts actual is T;
export function assertThrows(
  body: () => unknown,
  // deno-lint-ignore no-explicit-any -- as in the original
  error?: new (...parameters: any[]) => Error,
  includes?: string,
  message?: string,
): unknown;
export function assertRejects(
  body: () => PromiseLike<unknown>,
  // deno-lint-ignore no-explicit-any -- as in the original
  error?: new (...parameters: any[]) => Error,
  includes?: string,
  message?: string,
): Promise<unknown>;
export function fail(message?: string): never;
export function unreachable(reason?: string): never;
