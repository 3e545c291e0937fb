import { assertEquals } from "@std/assert";
import type { BenchmarkProgress } from "../../../bench/load/progress.ts";
import { SharedProgress } from "../../../bench/engine/shared_progress.ts";

/** A thread's report from text: `running 2` is the stage and the seconds in it. */
function part(text: string): BenchmarkProgress {
  const [, stage, seconds] = /^(.+) (\d+)$/.exec(text)!;
  return {
    stage: stage as BenchmarkProgress["stage"],
    ...{ elapsedSeconds: Number(seconds), fraction: 0, joined: 0, connections: 1 },
    ...{ messages: 0, deliveries: 0, deliveriesPerSecond: 0 },
  };
}

/** The combined reports for the reports of threads, each as `thread: stage seconds`. */
function combined(threads: number, ...steps: string[]): string[] {
  const reports: string[] = [];
  const progress = new SharedProgress(threads, (parts) => {
    reports.push(parts.map(({ stage, elapsedSeconds }) => `${stage} ${elapsedSeconds}`).join(", "));
  });
  for (const step of steps) {
    const [thread, text] = step.split(": ") as [string, string];
    if (text === "finished") progress.leave(Number(thread));
    else progress.report(Number(thread), part(text));
  }
  return reports;
}

Deno.test("shared progress: a second is reported once, when all threads have reported it", () => {
  assertEquals(
    combined(
      2,
      ...["0: running 0", "1: running 0", "1: running 1", "0: running 1"],
      ...["0: running 2", "1: running 2", "0: draining 3", "1: draining 3"],
    ),
    [
      "running 0, running 0",
      "running 1, running 1",
      "running 2, running 2",
      "draining 3, draining 3",
    ],
  );
});

Deno.test("shared progress: does not wait for threads that have joined, and never mixes two seconds", () => {
  assertEquals(
    combined(
      2,
      ...["0: joining 0", "1: joining 0", "1: joining 1", "1: joining 2", "1: joining 3"],
      ...["0: running 0", "1: running 0", "0: running 1", "1: running 1"],
    ),
    [
      ...["joining 0, joining 0", "joining 0, joining 2", "running 0, running 0"],
      "running 1, running 1",
    ],
  );
});

Deno.test("shared progress: the first thread in a stage waits for the others", () => {
  assertEquals(
    combined(2, "0: running 4", "1: running 4", "1: running 5", "0: draining 5", "1: draining 5"),
    ["running 4, running 4", "draining 5, draining 5"],
  );
});

Deno.test("shared progress: does not wait for finished threads", () => {
  assertEquals(
    combined(2, "0: draining 5", "1: draining 5", "0: draining 6", "1: finished", "0: draining 7"),
    ["draining 5, draining 5", "draining 6, draining 5", "draining 7, draining 5"],
  );
  assertEquals(
    combined(2, "0: draining 5", "1: draining 5", "0: finished", "1: finished").length,
    1,
  );
});

Deno.test("shared progress: passes the reports of a single thread on unchanged", () => {
  assertEquals(combined(1, "0: joining 0", "0: running 0", "0: running 1", "0: draining 2"), [
    ...["joining 0", "running 0", "running 1", "draining 2"],
  ]);
});
