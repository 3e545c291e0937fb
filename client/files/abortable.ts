/**
 * Waits for a promise until a signal aborts, and rejects then without waiting further.
 *
 * @param reason returns the error of an abort.
 * @param release called with the value if the promise resolves after the abort.
 */
export async function abortable<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
  reason: () => Error,
  release: (value: Value) => void,
): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => {
    aborted.reject(reason());
    promise.then(release, () => {});
  };
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
