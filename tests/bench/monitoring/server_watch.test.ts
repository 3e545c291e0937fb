import { assertEquals } from "@std/assert";
import {
  processorTicks,
  residentBytes,
  ServerWatch,
} from "../../../bench/monitoring/server_watch.ts";

const STAT = "4711 (a (strange) name) S 1 4711 4711 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 9 0 77";
const OTHER = "4712 (tokio) S 1 4711 4711 0 -1 4194560 900 0 0 0 9 0 0 0 20 0 9 0 77";
const SOCKETS = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n" +
  "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000005 00:00000000\n";

Deno.test("server watch: reads the state of a process from Linux", () => {
  assertEquals(residentBytes("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t3\n"), 2_097_152);
  assertEquals(residentBytes("Name:\tx\n"), null);
  assertEquals(processorTicks(STAT), 200);
  assertEquals(processorTicks("4711 (cut"), null);
});

Deno.test("server watch: CPU is measured between two readings, the queue at the port", async () => {
  let now = 0;
  let stat = STAT;
  let threads = `${STAT}\n${OTHER}\n`;
  const watch = new ServerWatch(4711, 8080, {
    now: () => now,
    readProc: (path) =>
      Promise.resolve(
        {
          "/proc/4711/status": "VmRSS:\t10 kB\n",
          "/proc/4711/stat": stat,
          "/proc/net/tcp": SOCKETS,
        }[path],
      ),
    readAllProc: (paths) => {
      assertEquals(paths, ["/proc/4711/task/4711/stat", "/proc/4711/task/4712/stat"]);
      return Promise.resolve(threads);
    },
    listProc: (path) =>
      Promise.resolve(
        { "/proc/4711/fd": ["0", "1", "2"], "/proc/4711/task": ["4711", "4712"] }[path],
      ),
  });
  await watch.look(0);
  now = 2000;
  stat = STAT.replace(" 150 50 ", " 250 150 ");
  threads = `${STAT.replace(" 150 50 ", " 300 60 ")}\n${OTHER.replace(" 9 0 ", " 40 9 ")}\n`;
  await watch.look(2.0004);
  const same = { residentBytes: 10_240, descriptors: 3, acceptQueue: 5 };
  assertEquals(watch.states, [
    { second: 0, cpuPercent: null, busiestThreadPercent: null, ...same },
    { second: 2, cpuPercent: 100, busiestThreadPercent: 80, ...same },
  ]);
});

Deno.test("server watch: no figures of a missing process or on another system", async () => {
  const watch = new ServerWatch(1, 80, {
    now: () => 0,
    readProc: () => Promise.resolve(undefined),
    readAllProc: () => Promise.resolve(""),
    listProc: () => Promise.resolve(undefined),
  });
  await watch.look(1);
  assertEquals(watch.states, [
    {
      ...{ second: 1, residentBytes: null, cpuPercent: null, busiestThreadPercent: null },
      ...{ descriptors: null, acceptQueue: null },
    },
  ]);
});

/** The seconds of a run at which a watch has looked. */
async function lookedAt(
  ...steps: (readonly ["joining" | "warming up" | "running" | "draining", number])[]
) {
  const watch = new ServerWatch(1, 80, {
    now: () => 0,
    readProc: () => Promise.resolve(undefined),
    readAllProc: () => Promise.resolve(""),
    listProc: () => Promise.resolve(undefined),
  });
  await watch.look(0);
  for (const [stage, elapsedSeconds] of steps) watch.follow({ stage, elapsedSeconds });
  return (await watch.finished()).map(({ second }) => second);
}

Deno.test("server watch: reads the state every second, and at the last part of one", async () => {
  assertEquals(
    await lookedAt(
      ...[["joining", 3], ["warming up", 2], ["running", 0], ["running", 1.001]] as const,
      ...[["running", 2], ["draining", 2.7], ["draining", 3.7]] as const,
    ),
    [0, 1.001, 2, 2.7],
  );
  const short = await lookedAt(["running", 0], ["running", 1], ["draining", 1.004]);
  assertEquals(short, [0, 1], "a part of a second that is no sample either");
  assertEquals(await lookedAt(["running", 0], ["draining", 0.2]), [0, 0.2], "all there is");
});

Deno.test("server watch: the cost of joining does not count for the first second", async () => {
  let now = 0;
  let ticks = 0;
  const watch = new ServerWatch(4711, 8080, {
    now: () => now,
    readProc: (path) =>
      Promise.resolve(
        path === "/proc/4711/stat" ? STAT.replace(" 150 50 ", ` ${ticks} 0 `) : undefined,
      ),
    readAllProc: () => Promise.resolve(""),
    listProc: () => Promise.resolve(undefined),
  });
  await watch.look(0);
  [now, ticks] = [1000, 100];
  watch.follow({ stage: "running", elapsedSeconds: 0 });
  await watch.finished();
  [now, ticks] = [2000, 110];
  watch.follow({ stage: "running", elapsedSeconds: 1 });
  assertEquals((await watch.finished()).map(({ cpuPercent }) => cpuPercent), [null, 10]);
});
