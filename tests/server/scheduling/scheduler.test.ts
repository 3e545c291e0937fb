import { assert, assertEquals } from "@std/assert";
import { Scheduler, type Task } from "../../../server/scheduling/scheduler.ts";
import { FakeClock } from "../fakes.ts";

/** A scheduler that runs on command, and a record of its tasks. */
class Stage {
  readonly clock = new FakeClock();
  readonly events: string[] = [];
  readonly scheduled: (() => void)[] = [];
  onFlush = () => {};
  readonly output = {
    isFull: false,
    flush: () => {
      this.events.push("flush");
      this.output.isFull = false;
      this.onFlush();
    },
  };
  readonly scheduler = new Scheduler(
    {
      monotonic: this.clock.monotonic,
      after: (milliseconds, run) => {
        this.timers.push({ run, milliseconds });
        return () => {};
      },
    },
    this.output,
    (run) => this.scheduled.push(run),
  );
  readonly timers: { readonly run: () => void; readonly milliseconds: number }[] = [];

  /** A task with a number of inputs; each takes some milliseconds. */
  task(name: string, inputs: number, milliseconds = 0): Task {
    return {
      work: (budget) => {
        const done = Math.min(inputs, budget);
        this.clock.advance(done * milliseconds);
        inputs -= done;
        this.events.push(`${name} ${done}`);
        return inputs > 0;
      },
    };
  }

  /** Runs one turn. @returns its events. */
  run(): string[] {
    this.scheduled.shift()!();
    return this.events.splice(0);
  }
}

Deno.test("scheduler: runs all added tasks in order, then flushes once", () => {
  const stage = new Stage();
  for (const name of ["a", "b", "c"]) stage.scheduler.add(stage.task(name, 1));
  assertEquals(stage.scheduled.length, 1);
  assertEquals(stage.events, [], "never in the socket's own callback");
  assertEquals(stage.run(), ["a 1", "b 1", "c 1", "flush"]);
  assertEquals(stage.scheduled.length, 0);
});

Deno.test("scheduler: a request without tasks causes a flush", () => {
  const stage = new Stage();
  stage.scheduler.request();
  stage.scheduler.request();
  assertEquals(stage.scheduled.length, 1);
  assertEquals(stage.run(), ["flush"]);
});

Deno.test("scheduler: a task with much input takes turns with the others", () => {
  const stage = new Stage();
  stage.scheduler.add(stage.task("flood", 600));
  stage.scheduler.add(stage.task("quiet", 1));
  assertEquals(stage.run(), ["flood 256", "quiet 1", "flood 256", "flood 88", "flush"]);
});

Deno.test("scheduler: flushes at the end of its time, and continues in another turn", () => {
  const stage = new Stage();
  stage.scheduler.add(stage.task("flood", 512, 0.25 / 256));
  stage.scheduler.add(stage.task("other", 512, 0.25 / 256));
  assertEquals(stage.run(), ["flood 256", "other 256", "flush"]);
  assertEquals(stage.scheduled.length, 1);
  assertEquals(stage.run(), ["flood 256", "other 256", "flush"]);
  assertEquals(stage.scheduled.length, 0);
});

Deno.test("scheduler: tasks that were not reached in time are first in the next turn", () => {
  const stage = new Stage();
  for (const name of ["a", "b", "c"]) stage.scheduler.add(stage.task(name, 512, 1 / 256));
  assertEquals(stage.run(), ["a 256", "flush"]);
  assertEquals(stage.run(), ["b 256", "flush"]);
  assertEquals(stage.run(), ["c 256", "flush"]);
  assertEquals(stage.run(), ["a 256", "flush"]);
});

Deno.test("scheduler: a new client waits for at most one task of a flood", () => {
  const stage = new Stage();
  stage.scheduler.add(stage.task("flood", 10_000, 1 / 256));
  stage.scheduler.add(stage.task("waiting", 1));
  stage.run();
  stage.scheduler.add(stage.task("new", 1));
  assertEquals(stage.run().filter((event) => event !== "flush"), ["waiting 1", "flood 256"]);
  assertEquals(stage.run()[0], "new 1");
});

Deno.test("scheduler: with many floods all clients get the same share", () => {
  const stage = new Stage();
  const names = Array.from({ length: 8 }, (_, number) => `flood${number}`);
  for (const name of names) stage.scheduler.add(stage.task(name, 100_000, 0.1 / 256));
  const shares = new Map<string, number>();
  for (let turns = 0; turns < 100; turns++) {
    for (const event of stage.run()) {
      shares.set(event, (shares.get(event) ?? 0) + 1);
    }
  }
  shares.delete("flush");
  assertEquals(shares.size, 8);
  const counts = [...shares.values()];
  assert(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
});

Deno.test("scheduler: a task that is added during a turn runs in that turn", () => {
  const stage = new Stage();
  const late = stage.task("late", 1);
  stage.scheduler.add({
    work: () => {
      stage.scheduler.add(late);
      return false;
    },
  });
  assertEquals(stage.run(), ["late 1", "flush"]);
});

Deno.test("scheduler: a finished task can be added again", () => {
  const stage = new Stage();
  stage.scheduler.add(stage.task("a", 1));
  stage.run();
  stage.scheduler.add(stage.task("a", 1));
  assertEquals(stage.run(), ["a 1", "flush"]);
});

Deno.test("scheduler: a request during a flush causes another turn", () => {
  const stage = new Stage();
  stage.onFlush = () => {
    stage.onFlush = () => {};
    stage.scheduler.request();
  };
  stage.scheduler.request();
  assertEquals(stage.run(), ["flush"]);
  assertEquals(stage.scheduled.length, 1);
});

Deno.test("scheduler: flushes when a room has enough output for one write, and continues in another turn", () => {
  const stage = new Stage();
  stage.scheduler.add({
    work: () => {
      stage.output.isFull = true;
      stage.events.push("much");
      return false;
    },
  });
  stage.scheduler.add(stage.task("other", 1));
  assertEquals(stage.run(), ["much", "flush"]);
  assertEquals(stage.run(), ["other 1", "flush"]);
  assertEquals(stage.scheduled.length, 0);
});

Deno.test("scheduler: after a long flush the next turn works as long, up to a bound", () => {
  const stage = new Stage();
  const rounds = (events: string[]) => events.length - 1;
  stage.scheduler.add(stage.task("flood", 100_000, 0.5 / 256));
  stage.onFlush = () => stage.clock.advance(2);
  assertEquals(rounds(stage.run()), 1);
  stage.onFlush = () => stage.clock.advance(100);
  assertEquals(rounds(stage.run()), 4);
  stage.onFlush = () => {};
  assertEquals(rounds(stage.run()), 8);
  assertEquals(rounds(stage.run()), 1);
});

/** Long work of a number of slices; each takes some milliseconds. */
function slices(stage: Stage, name: string, count: number, milliseconds = 0) {
  return {
    slice: () => {
      stage.clock.advance(milliseconds);
      stage.events.push(name);
      return --count > 0;
    },
  };
}

Deno.test("scheduler: slices run after the inputs and before the flush, and rest nine times as long", () => {
  const stage = new Stage();
  stage.scheduler.addSlice(slices(stage, "slice", 2, 2));
  stage.scheduler.add(stage.task("flood", 256 * 38, 1 / 256));
  assertEquals(stage.run(), ["flood 256", "slice", "flush"]);
  for (let rest = 0; rest < 18; rest++) assertEquals(stage.run(), ["flood 256", "flush"]);
  assertEquals(stage.run(), ["flood 256", "slice", "flush"]);
});

Deno.test("scheduler: long work of many clients takes turns, one slice each", () => {
  const stage = new Stage();
  for (const name of ["a", "b", "c"]) stage.scheduler.addSlice(slices(stage, name, 3, 0.5));
  const ran: string[] = [];
  for (let turn = 0; turn < 5; turn++) {
    ran.push(...stage.run());
    // Without other work a timer ends the rest.
    const timer = stage.timers.shift();
    if (timer === undefined) break;
    assertEquals(timer.milliseconds, 9);
    stage.clock.advance(timer.milliseconds);
    timer.run();
  }
  assertEquals(ran.filter((event) => event !== "flush").join(""), "abcabcabc");
  assertEquals(stage.scheduled.length, 0);
});

Deno.test("scheduler: a rest that is shorter than a timer passes in turns", () => {
  const stage = new Stage();
  stage.scheduler.addSlice(slices(stage, "slice", 2, 0.0625));
  assertEquals(stage.run(), ["slice", "flush"]);
  assertEquals([stage.scheduled.length, stage.timers.length], [1, 0]);
  stage.clock.advance(1);
  assertEquals(stage.run(), ["slice", "flush"]);
});

Deno.test("scheduler: work that a slice adds runs in the next turn", () => {
  const stage = new Stage();
  stage.scheduler.addSlice({
    slice: () => {
      stage.scheduler.addSlice(slices(stage, "late", 1));
      return false;
    },
  });
  assertEquals(stage.run(), ["flush"]);
  assertEquals(stage.run(), ["late", "flush"]);
});

Deno.test("scheduler: quiet clients run before all that were ready earlier", () => {
  const stage = new Stage();
  stage.scheduler.add(stage.task("flood", 300));
  stage.scheduler.add(stage.task("quiet", 1), "quiet");
  stage.scheduler.add(stage.task("other", 2), "quiet");
  assertEquals(stage.run(), ["quiet 1", "other 2", "flood 256", "flood 44", "flush"]);
});

Deno.test("scheduler: a quiet client with much input takes turns with the others", () => {
  const stage = new Stage();
  stage.scheduler.add(stage.task("flood", 1));
  stage.scheduler.add(stage.task("quiet", 10), "quiet");
  assertEquals(stage.run(), ["quiet 8", "flood 1", "quiet 2", "flush"]);
});

Deno.test("scheduler: quiet clients that were not reached in time are first in the next turn", () => {
  const stage = new Stage();
  for (const name of ["a", "b", "c"]) stage.scheduler.add(stage.task(name, 1, 0.3), "quiet");
  assertEquals(stage.run(), ["a 1", "b 1", "flush"]);
  stage.scheduler.add(stage.task("d", 1), "quiet");
  assertEquals(stage.run(), ["c 1", "d 1", "flush"]);
  assertEquals(stage.scheduled.length, 0);
});

Deno.test("scheduler: new clients run after quiet ones and before the others", () => {
  const stage = new Stage();
  stage.scheduler.add(stage.task("busy", 1));
  stage.scheduler.add(stage.task("new", 9), "new");
  stage.scheduler.add(stage.task("quiet", 1), "quiet");
  assertEquals(stage.run(), ["quiet 1", "new 8", "busy 1", "new 1", "flush"]);
});

Deno.test("scheduler: quiet clients cannot starve the others", () => {
  const stage = new Stage();
  stage.scheduler.add(stage.task("busy", 1));
  for (let turn = 0; turn < 3; turn++) stage.scheduler.add(stage.task("quiet", 1, 1), "quiet");
  assertEquals(stage.run(), ["quiet 1", "busy 1", "flush"]);
});

Deno.test("scheduler: with quiet clients, long turns serve fewer of the others, at least one", () => {
  const stage = new Stage();
  stage.onFlush = () => stage.clock.advance(10);
  /** The number of busy tasks, of ten, that are served in a turn with a quiet one. */
  const reached = () => {
    stage.scheduler.add(stage.task("quiet", 1), "quiet");
    return stage.run().filter((event) => event.startsWith("busy")).length;
  };
  for (let task = 0; task < 1000; task++) stage.scheduler.add(stage.task("busy", 1));
  const first = reached();
  assertEquals(first, 256);
  assertEquals([reached(), reached(), reached()], [128, 64, 32]);
  for (let turn = 0; turn < 6; turn++) reached();
  assertEquals(reached(), 1);
  stage.onFlush = () => {};
  assertEquals([reached(), reached(), reached()], [1, 2, 3]);
});

Deno.test("scheduler: after one second without quiet clients, turns have their usual length", () => {
  const stage = new Stage();
  stage.onFlush = () => stage.clock.advance(10);
  stage.scheduler.add(stage.task("quiet", 1), "quiet");
  for (let turn = 0; turn < 10; turn++) {
    stage.scheduler.add(stage.task("busy", 1));
    stage.run();
  }
  stage.clock.advance(1000);
  for (let task = 0; task < 300; task++) stage.scheduler.add(stage.task("busy", 1));
  assertEquals(stage.run().length, 301);
});
