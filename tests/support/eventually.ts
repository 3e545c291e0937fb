// Not the global one, which tests replace.
import { setTimeout } from "node:timers";

/** How long a state may take to come. Only failing tests wait so long. */
const PATIENCE_MILLISECONDS = 120_000;

const POLL_MILLISECONDS = 20;

/** Polls until a condition holds: for states without an event. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`Expected ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

/** Tries something again and again until it does not throw, then returns its result. */
export async function eventuallyDone<Result>(attempt: () => Promise<Result>): Promise<Result> {
  let result: { readonly value: Result } | undefined;
  let failure: unknown;
  await eventually(async () => {
    try {
      result = { value: await attempt() };
    } catch (error) {
      failure = error;
    }
    return result !== undefined;
  }, "an attempt that does not fail").catch((error) => {
    throw new Error(error.message, { cause: failure });
  });
  return result!.value;
}
