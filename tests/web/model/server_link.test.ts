import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../../../protocol/frames.ts";
import { retryDelay } from "../../../web/model/retry_delay.ts";
import { type ChannelListener, ServerLink } from "../../../web/model/server_link.ts";

const INTRODUCTION = '{"type":"server","server":"hubbub 1","protocol":0}';

/** A network and a clock in the hands of a test. */
class Fixture {
  readonly channels: { listener: ChannelListener; sent: string[]; isClosed: boolean }[] = [];
  readonly told: string[] = [];
  readonly frames: ServerFrame[] = [];
  #timers = new Map<number, { run: () => void; milliseconds: number }>();
  #timerCount = 0;
  #now = 0;

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
    now: () => this.#now,
    random: () => 1,
  }, {
    connected: () => this.told.push("connected"),
    received: (frame) => this.frames.push(frame),
    broke: () => this.told.push("broke"),
  });

  /** The newest connection stands, and hubbub introduces itself. */
  introduce(): void {
    this.last.listener.opened();
    this.last.listener.received(INTRODUCTION);
  }

  get last() {
    return this.channels.at(-1)!;
  }

  /** Advances the clock without firing timers. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of this.#timers.values()) timer.milliseconds -= milliseconds;
  }

  /** Lets the only timer run out. @returns how long it was set for. */
  runTimer(): number {
    assertEquals(this.#timers.size, 1);
    const [[timer, { run, milliseconds }]] = [...this.#timers] as [
      [number, { run: () => void; milliseconds: number }],
    ];
    this.#timers.delete(timer);
    this.#now += milliseconds;
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
  fixture.introduce();
  fixture.link.succeeded();
  fixture.last.listener.closed();
  assertEquals(fixture.runTimer(), 500);
  assertEquals(fixture.told, ["broke", "broke", "broke", "connected", "broke"]);
});

Deno.test("link: silence is asked about, and counts as broken without an answer", () => {
  const fixture = new Fixture();
  fixture.link.start();
  const { last } = fixture;
  fixture.introduce();
  fixture.runTimer();
  assertEquals(last.sent, ['{"type":"ping","t":0}']);
  last.listener.received('{"type":"pong","t":0}');
  fixture.runTimer();
  fixture.runTimer();
  assertEquals([fixture.told, last.isClosed], [["connected", "broke"], true]);
});

Deno.test("link: silence is counted from the last frame", () => {
  const fixture = new Fixture();
  fixture.link.start();
  fixture.introduce();
  for (let frame = 1; frame <= 3; frame++) {
    fixture.pass(4000);
    fixture.last.listener.received('{"type":"pong","t":0}');
  }
  assertEquals([fixture.runTimer(), fixture.last.sent], [3000, []]);
  assertEquals(fixture.runTimer(), 12_000);
  assertEquals(fixture.last.sent, ['{"type":"ping","t":0}']);
  assertEquals(fixture.runTimer(), 10_000);
  assertEquals(fixture.told, ["connected", "broke"]);
});

Deno.test("link: a check gives the server two seconds to answer", () => {
  const fixture = new Fixture();
  fixture.link.check();
  fixture.link.start();
  fixture.introduce();
  fixture.link.check();
  assertEquals(fixture.last.sent, ['{"type":"ping","t":0}']);
  fixture.last.listener.received('{"type":"pong","t":0}');
  assertEquals(fixture.told, ["connected"]);
  fixture.link.check();
  assertEquals(fixture.runTimer(), 2000);
  assertEquals(fixture.told, ["connected", "broke"]);
});

Deno.test("link: the server's pings are answered; what is no frame is passed over", () => {
  const fixture = new Fixture();
  fixture.link.start();
  fixture.introduce();
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
  fixture.introduce();
  old.listener.received('{"type":"notice","text":"late"}');
  old.listener.closed();
  assertEquals([fixture.frames, fixture.told], [[], ["broke", "connected"]]);
});

Deno.test("link: nothing is sent before hubbub has introduced itself", () => {
  for (
    const first of [
      '{"type":"welcome","name":"a","room":"lobby","server":"x","session":"t","seq":0}',
      '{"type":"ping","t":1}',
      '{"type":"connected"}', // as servers of development send it
      "hello",
      "[]",
      "",
    ]
  ) {
    const fixture = new Fixture();
    fixture.link.start();
    const { last } = fixture;
    last.listener.opened();
    fixture.link.send({ type: "hello", name: "a", password: "secret" });
    last.listener.received(first);
    fixture.link.send({ type: "hello", name: "a", password: "secret" });
    assertEquals([last.sent, fixture.told, last.isClosed], [[], ["broke"], true], first);
  }
});

Deno.test("link: silence in place of an introduction counts as broken, and sends nothing", () => {
  const fixture = new Fixture();
  fixture.link.start();
  const { last } = fixture;
  last.listener.opened();
  fixture.runTimer();
  fixture.runTimer();
  assertEquals([last.sent, fixture.told, last.isClosed], [[], ["broke"], true]);
});

Deno.test("link: a refusal in place of an introduction is told", () => {
  const fixture = new Fixture();
  fixture.link.start();
  fixture.last.listener.opened();
  const refusal: ServerFrame = { type: "error", code: "server_full", text: "Full." };
  fixture.last.listener.received(JSON.stringify(refusal));
  assertEquals([fixture.frames, fixture.told, fixture.last.sent], [[refusal], [], []]);
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
