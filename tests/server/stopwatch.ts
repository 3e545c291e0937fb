/** Compares how long something takes with a fixed loop that is timed beside it. */

/** Rounds of {@link referenceLoop}: 1 ms on a core of 2026 at 2.5 GHz, once it is compiled. */
const REFERENCE_ROUNDS = 920_000;

/** What a line, frame or request may cost, in times of the reference. */
export const BOUND = 1;

/** Attempts after which something counts as slow: noise does not hit all of them. */
const ATTEMPTS = 40;

let sink = 0;

function referenceLoop(): void {
  let hash = 17;
  for (let round = 0; round < REFERENCE_ROUNDS; round++) hash = Math.imul(hash ^ round, 0x01000193);
  sink ^= hash;
}

/** Milliseconds that something takes. */
export function timeOf(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

for (let round = 0; round < 20; round++) referenceLoop();

/** The last times of the reference, in milliseconds: a machine may become slower for good. */
const WINDOW = 32;
const references: number[] = [];

function measureReference(): void {
  references.push(timeOf(referenceLoop));
  if (references.length > WINDOW) references.shift();
}
while (references.length < WINDOW) measureReference();

/** Milliseconds that the reference takes at its best. */
export function referenceTime(): number {
  return Math.min(...references);
}

/**
 * How many times as long as the reference something takes, each at its best: 1 is about 1 ms.
 *
 * @param prepare makes the run, so that what it needs is not timed.
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
