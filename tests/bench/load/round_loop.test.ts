import { assertEquals } from "@std/assert";
import { RoundLoop } from "../../../bench/load/round_loop.ts";

Deno.test("rounds: a message that expires fails its round, also when it is not in flight any more", async () => {
  let ends = 0;
  const written = Promise.withResolvers<void>();
  const traffic = { isIdle: true, take: () => ({ first: 0, count: 1 }) };
  const loop = new RoundLoop(
    {
      ...{ traffic: traffic as never, senders: 1, amount: Infinity },
      write: () => written.resolve(),
      onEnd: () => ends++,
      onDeserted: () => {},
    },
    { secondsPerSize: 60, timeoutSeconds: 60 },
    new AbortController().signal,
  );
  loop.start();
  await written.promise;
  loop.expired();
  loop.wake();
  await loop.finished;
  assertEquals([ends, loop.failure], [1, "a message had not reached all clients after 60 s"]);
});
