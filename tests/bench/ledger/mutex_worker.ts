import { Mutex } from "../../../bench/ledger/mutex.ts";

/** A number that is read and written in two steps, and what makes them one. */
export interface Counting {
  readonly mutex: Int32Array;
  readonly counter: Float64Array;
  readonly times: number;
}

/** Counts a number up, so often. */
export function count({ mutex: memory, counter, times }: Counting): void {
  const mutex = new Mutex(memory);
  for (let time = 0; time < times; time++) {
    mutex.exclusively(() => {
      const before = counter[0]!;
      // Time for others to come in between.
      for (let turn = 0; turn < 20; turn++) Atomics.load(memory, 0);
      counter[0] = before + 1;
    });
  }
}

// The types of the tests are those of the main thread.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Counting>) => void;
  postMessage(text: string): void;
};
scope.onmessage = ({ data }) => {
  count(data);
  scope.postMessage("done");
};
