import { assertEquals } from "@std/assert";
import type { BenchmarkProgress } from "../../../bench/load/progress.ts";
import { SharedProgress } from "../../../bench/engine/shared_progress.ts";

/** A thread's words: `running 2` is the stage, and the seconds in it. */
function part(words: string): BenchmarkProgress {
  const [, stage, seconds] = /^(.+) (\d+)$/.exec(words)!;
  return {
    stage: stage as BenchmarkProgress["stage"],
    ...{ elapsedSeconds: Number(seconds), fraction: 0, joined: 0, connections: 1 },
    ...{ messages: 0, deliveries: 0, deliveriesPerSecond: 0 },
  };
}

/** What is told of what threads tell, each as `thread: stage seconds`. */
function told(threads: number, ...steps: string[]): string[] {
  const heard: string[] = [];
  const progress = new SharedProgress(threads, (parts) => {
    heard.push(parts.map(({ stage, elapsedSeconds }) => `${stage} ${elapsedSeconds}`).join(", "));
  });
  for (const step of steps) {
    const [thread, words] = step.split(": ") as [string, string];
    if (words === "finished") progress.leave(Number(thread));
    else progress.tell(Number(thread), part(words));
  }
  return heard;
}

Deno.test("shared progress: a second is told once, when all have told it", () => {
  assertEquals(
    told(
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

Deno.test("shared progress: who has joined is not waited for, and no second is told of two", () => {
  assertEquals(
    told(
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

Deno.test("shared progress: whoever comes to a stage first waits for the others", () => {
  assertEquals(
    told(2, "0: running 4", "1: running 4", "1: running 5", "0: draining 5", "1: draining 5"),
    ["running 4, running 4", "draining 5, draining 5"],
  );
});

Deno.test("shared progress: who has finished is not waited for", () => {
  assertEquals(
    told(2, "0: draining 5", "1: draining 5", "0: draining 6", "1: finished", "0: draining 7"),
    ["draining 5, draining 5", "draining 6, draining 5", "draining 7, draining 5"],
  );
  assertEquals(told(2, "0: draining 5", "1: draining 5", "0: finished", "1: finished").length, 1);
});

Deno.test("shared progress: one thread is told as it tells", () => {
  assertEquals(told(1, "0: joining 0", "0: running 0", "0: running 1", "0: draining 2"), [
    ...["joining 0", "running 0", "running 1", "draining 2"],
  ]);
});
