import { setImmediate } from "node:timers";
import { assertEquals } from "@std/assert";
import { onInterrupt } from "../../cli/signals.ts";

Deno.test({
  name: "signals: the same one twice at once is one press of Ctrl+C; later, it is a second",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    let now = 0;
    const interrupts = onInterrupt(() => now);
    let wake = () => {};
    const watch = () => wake();
    // SIGINT would end the test runner.
    const signal = "SIGTERM";
    Deno.addSignalListener(signal, watch);
    // Waiting for a signal does not keep a program running.
    const alive = setInterval(() => {}, 1000);
    const arrive = async (time: number) => {
      now = time;
      const arrived = new Promise<void>((resolve) => wake = resolve);
      Deno.kill(Deno.pid, signal);
      await arrived;
    };
    try {
      await arrive(0);
      await arrive(50);
      await arrive(1000);
      assertEquals([await interrupts.next(), await interrupts.next()], [signal, signal]);
      let third: string | undefined;
      void interrupts.next().then((next) => third = next);
      await new Promise((resolve) => setImmediate(resolve));
      assertEquals(third, undefined);
      await arrive(2000);
    } finally {
      clearInterval(alive);
      Deno.removeSignalListener(signal, watch);
      await interrupts.dispose();
    }
  },
});
