/** Compares the time of a function with that of a fixed loop, measured at the same time. */

/** Rounds of {@link referenceLoop}: 1 ms on a core of 2026 at 2.5 GHz, once it is compiled. */
const REFERENCE_ROUNDS = 920_000;

/** Maximum cost of a line, frame or request, in times of the reference. */
export const BOUND = 1;

/** Attempts after which something counts as slow: noise does not hit all of them. */
const ATTEMPTS = 40;

let sink = 0;

function referenceLoop(): void {
  let hash = 17;
  for (let round = 0; round < REFERENCE_ROUNDS; round++) hash = Math.imul(hash ^ round, 0x01000193);
  sink ^= hash;
}

/** Returns the time of a function, in milliseconds. */
export function timeOf(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

for (let round = 0; round < 20; round++) referenceLoop();

/** The last times of the reference, in milliseconds: a machine may become slower permanently. */
const WINDOW = 32;
const references: number[] = [];

function measureReference(): void {
  references.push(timeOf(referenceLoop));
  if (references.length > WINDOW) references.shift();
}
while (references.length < WINDOW) measureReference();

/** Shortest time of the reference, in milliseconds. */
export function referenceTime(): number {
  return Math.min(...references);
}

/**
 * The shortest time of a function as a multiple of that of the reference: 1 is about 1 ms.
 *
 * @param prepare makes the function, and is not timed.
 * @param bound up to which one run is enough.
 */
export function costOf(prepare: () => () => void, bound: number): number {
  let best = timeOf(prepare());
  for (let attempt = 1; attempt < ATTEMPTS && best > bound * referenceTime(); attempt++) {
    measureReference();
    best = Math.min(best, timeOf(prepare()));
  }
  return best / referenceTime();
}
