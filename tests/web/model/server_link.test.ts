import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../../../protocol/frames.ts";
import { retryDelay } from "../../../web/model/retry_delay.ts";
import { type ChannelListener, ServerLink } from "../../../web/model/server_link.ts";

/** A network and a clock in the hands of a test. */
class Fixture {
  readonly channels: { listener: ChannelListener; sent: string[]; isClosed: boolean }[] = [];
  readonly told: string[] = [];
  readonly frames: ServerFrame[] = [];
  #timers = new Map<number, { run: () => void; milliseconds: number }>();
  #timerCount = 0;

  readonly link = new ServerLink({
    open: (listener) => {
      const channel = { listener, sent: [] as string[], isClosed: false };
      this.channels.push(channel);
      return {
        send: (text) => void channel.sent.push(text),
        close: () => void (channel.isClosed = true),
      };
    },
    setTimer: (run, milliseconds) => {
      this.#timers.set(++this.#timerCount, { run, milliseconds });
      return this.#timerCount;
    },
    clearTimer: (timer) => void this.#timers.delete(timer as number),
    random: () => 1,
  }, {
    connected: () => this.told.push("connected"),
    received: (frame) => this.frames.push(frame),
    broke: () => this.told.push("broke"),
  });

  get last() {
    return this.channels.at(-1)!;
  }

  /** Lets the only timer run out. @returns how long it was set for. */
  runTimer(): number {
    assertEquals(this.#timers.size, 1);
    const [[timer, { run, milliseconds }]] = [...this.#timers] as [
      [number, { run: () => void; milliseconds: number }],
    ];
    this.#timers.delete(timer);
    run();
    return milliseconds;
  }
}

Deno.test("link: a connection that breaks is made again, later each time, until somebody is in", () => {
  const fixture = new Fixture();
  fixture.link.start();
  const delays = [1, 2, 3].map(() => {
    fixture.last.listener.closed();
    return fixture.runTimer();
  });
  assertEquals(delays, [500, 1000, 2000]);
  fixture.last.listener.opened();
  fixture.link.succeeded();
  fixture.last.listener.closed();
  assertEquals(fixture.runTimer(), 500);
  assertEquals(fixture.told, ["broke", "broke", "broke", "connected", "broke"]);
});

Deno.test("link: silence is asked about, and counts as broken without an answer", () => {
  const fixture = new Fixture();
  fixture.link.start();
  const { last } = fixture;
  last.listener.opened();
  fixture.runTimer();
  assertEquals(last.sent, ['{"type":"ping","t":0}']);
  last.listener.received('{"type":"pong","t":0}');
  fixture.runTimer();
  fixture.runTimer();
  assertEquals([fixture.told, last.isClosed], [["connected", "broke"], true]);
});

Deno.test("link: the server's pings are answered; what is no frame is passed over", () => {
  const fixture = new Fixture();
  fixture.link.start();
  fixture.last.listener.opened();
  for (const text of ['{"type":"ping","t":7}', "nonsense", "[]", "null", "1", "{}"]) {
    fixture.last.listener.received(text);
  }
  assertEquals(fixture.last.sent, ['{"type":"pong","t":7}']);
  assertEquals(fixture.frames, []);
});

Deno.test("link: what an old connection still says is not heard", () => {
  const fixture = new Fixture();
  fixture.link.start();
  const old = fixture.last;
  old.listener.closed();
  fixture.link.hurry();
  assertEquals(fixture.channels.length, 2);
  fixture.last.listener.opened();
  old.listener.received('{"type":"notice","text":"late"}');
  old.listener.closed();
  assertEquals([fixture.frames, fixture.told], [[], ["broke", "connected"]]);
});

Deno.test("link: stopped is stopped", () => {
  const fixture = new Fixture();
  fixture.link.start();
  fixture.link.stop();
  fixture.link.hurry();
  fixture.last.listener.closed();
  assertEquals([fixture.channels.length, fixture.last.isClosed, fixture.told], [1, true, []]);
});

Deno.test("retry delay: within its bounds, and by chance", () => {
  for (let failures = 1; failures < 2000; failures += 7) {
    const [least, most] = [retryDelay(failures, 0), retryDelay(failures, 1)];
    assert(least >= 250 && most <= 30_000 && least * 2 === most, `${failures}`);
  }
});
