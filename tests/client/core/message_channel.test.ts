/** The session of a page: its connection, over the messages of a WebSocket. */

import { assert, assertEquals } from "@std/assert";
import { ChatSession } from "../../../client/core/chat_session.ts";
import { Backoff } from "../../../client/core/reconnection.ts";
import type { ServerFrame } from "../../../protocol/frames.ts";
import {
  messageChannel,
  type MessageSocketListener,
} from "../../../client/core/message_channel.ts";

const INTRODUCTION = '{"type":"server","server":"hubbub 1","protocol":0}';
const WELCOME =
  '{"type":"welcome","name":"a","rooms":[{"room":"lobby","seq":0}],"server":"x","session":"t"}';
const PING = '{"type":"ping","t":0}';

interface FakeSocket {
  readonly listener: MessageSocketListener;
  /** All messages. */
  readonly written: string[];
  /** All messages but `hello`. */
  readonly sent: string[];
  isClosed: boolean;
}

/** A session whose network and clock are controlled by a test. */
class Fixture {
  readonly sockets: FakeSocket[] = [];
  /** The changes of the connection. */
  readonly events: string[] = [];
  readonly frames: ServerFrame[] = [];
  #timers = new Map<number, { run: () => void; milliseconds: number }>();
  #timerCount = 0;
  #now = 0;

  readonly session = new ChatSession({
    endpoint: { host: "chat.example", port: 80 },
    openChannel: messageChannel((listener) => {
      const socket: FakeSocket = { listener, written: [], sent: [], isClosed: false };
      this.sockets.push(socket);
      return {
        send: (text) => {
          socket.written.push(text);
          if (!text.startsWith('{"type":"hello"')) socket.sent.push(text);
        },
        close: () => void (socket.isClosed = true),
      };
    }),
    clock: {
      now: () => this.#now,
      after: (milliseconds, run) => {
        const timer = ++this.#timerCount;
        this.#timers.set(timer, { run, milliseconds });
        return () => void this.#timers.delete(timer);
      },
    },
    connectTimeoutMilliseconds: 10_000,
    liveness: { silence: 15_000, answer: 10_000 },
    reconnect: { random: () => 1 },
    attempts: Infinity,
  }, {
    introduced: () => this.events.push("introduced"),
    joined: () => this.events.push("joined"),
    refused: ({ code }) => this.events.push(`refused ${code}`),
    received: (frame) => this.frames.push(frame),
    caughtUp() {},
    waiting: () => this.events.push("waiting"),
    ended: () => this.events.push("ended"),
  });

  constructor() {
    this.session.join({ name: "a", password: "secret" });
  }

  /** The newest connection is established, and hubbub introduces itself. */
  introduce(): void {
    this.last.listener.opened();
    this.last.listener.received(INTRODUCTION);
  }

  /** The server introduces itself, and lets the client in. */
  join(): void {
    this.introduce();
    this.last.listener.received(WELCOME);
  }

  get last(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  /** Advances the clock without firing timers. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of this.#timers.values()) timer.milliseconds -= milliseconds;
  }

  /** Sets the clock back; timers are not affected. */
  setBack(milliseconds: number): void {
    this.#now -= milliseconds;
  }

  /** Fires the only timer. @returns its delay. */
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

Deno.test("page connection: breaks are followed by attempts at growing intervals, until the client has joined", () => {
  const fixture = new Fixture();
  const delays = [1, 2, 3].map(() => {
    fixture.last.listener.closed();
    return fixture.runTimer();
  });
  assertEquals(delays, [500, 1000, 2000]);
  fixture.join();
  fixture.last.listener.closed();
  assertEquals(fixture.runTimer(), 500);
  assertEquals(fixture.events, [
    "waiting",
    "waiting",
    "waiting",
    "introduced",
    "joined",
    "waiting",
  ]);
});

Deno.test("page connection: a server that introduces itself and closes does not reset the intervals", () => {
  const fixture = new Fixture();
  const delays = [1, 2].map(() => {
    fixture.introduce();
    fixture.last.listener.closed();
    return fixture.runTimer();
  });
  assertEquals(delays, [500, 1000]);
});

Deno.test("page connection: a silent server is sent a ping, and without an answer the connection is broken", () => {
  const fixture = new Fixture();
  const { last } = fixture;
  fixture.join();
  fixture.runTimer();
  assertEquals(last.sent, [PING]);
  last.listener.received('{"type":"pong","t":0}');
  fixture.runTimer();
  fixture.runTimer();
  assertEquals([fixture.events.at(-1), last.isClosed], ["waiting", true]);
});

Deno.test("page connection: silence is counted from the last frame", () => {
  const fixture = new Fixture();
  fixture.join();
  for (let frame = 1; frame <= 3; frame++) {
    fixture.pass(4000);
    fixture.last.listener.received('{"type":"pong","t":0}');
  }
  assertEquals([fixture.runTimer(), fixture.last.sent], [3000, []]);
  assertEquals(fixture.runTimer(), 12_000);
  assertEquals(fixture.last.sent, [PING]);
  assertEquals(fixture.runTimer(), 10_000);
  assertEquals(fixture.events, ["introduced", "joined", "waiting"]);
});

Deno.test("page connection: a clock that is set back delays the ping by no more than its interval", () => {
  const fixture = new Fixture();
  fixture.join();
  fixture.setBack(60_000);
  fixture.runTimer();
  assertEquals([fixture.runTimer(), fixture.last.sent], [15_000, []]);
});

Deno.test("page connection: a check gives the server two seconds to answer", () => {
  const fixture = new Fixture();
  fixture.session.check(2000);
  fixture.join();
  fixture.session.check(2000);
  assertEquals(fixture.last.sent, [PING]);
  fixture.last.listener.received('{"type":"pong","t":0}');
  assertEquals(fixture.events, ["introduced", "joined"]);
  fixture.session.check(2000);
  assertEquals(fixture.runTimer(), 2000);
  assertEquals(fixture.events, ["introduced", "joined", "waiting"]);
});

Deno.test("page connection: the server's pings are answered; messages that are no frames are skipped", () => {
  const fixture = new Fixture();
  fixture.join();
  for (
    const text of [
      '{"type":"ping","t":7}',
      "nonsense",
      "[]",
      "null",
      "1",
      "{}",
      '{"type":"message","text":5}',
    ]
  ) fixture.last.listener.received(text);
  assertEquals(fixture.last.sent, ['{"type":"pong","t":7}']);
  assertEquals(fixture.frames, []);
});

Deno.test("page connection: frames of a former connection are dropped", () => {
  const fixture = new Fixture();
  const former = fixture.last;
  former.listener.closed();
  fixture.session.retryNow();
  assertEquals(fixture.sockets.length, 2);
  fixture.introduce();
  former.listener.received('{"type":"notice","text":"late"}');
  former.listener.closed();
  assertEquals([fixture.frames, fixture.events], [[], ["waiting", "introduced"]]);
});

Deno.test("page connection: nothing is sent before hubbub has introduced itself", () => {
  for (
    const first of [
      WELCOME,
      '{"type":"ping","t":1}',
      '{"type":"connected"}', // as servers of development send it
      "hello",
      "[]",
      "",
    ]
  ) {
    const fixture = new Fixture();
    const { last } = fixture;
    last.listener.opened();
    fixture.session.post({ type: "register", password: "secret" });
    last.listener.received(first);
    fixture.session.post({ type: "register", password: "secret" });
    assertEquals([last.written, fixture.events, last.isClosed], [[], ["waiting"], true], first);
  }
});

Deno.test("page connection: without an introduction the connection is broken, and nothing is sent", () => {
  const fixture = new Fixture();
  const { last } = fixture;
  last.listener.opened();
  assertEquals(fixture.runTimer(), 10_000);
  assertEquals([last.written, fixture.events, last.isClosed], [[], ["waiting"], true]);
});

Deno.test("page connection: a refusal in place of an introduction is reported", () => {
  const fixture = new Fixture();
  fixture.last.listener.opened();
  fixture.last.listener.received('{"type":"error","code":"server_full","text":"Full."}');
  assertEquals([fixture.events, fixture.last.written], [["refused server_full"], []]);
});

Deno.test("page connection: a closed session makes no further attempt", () => {
  const fixture = new Fixture();
  fixture.session.close();
  fixture.session.retryNow();
  fixture.last.listener.closed();
  assertEquals([fixture.sockets.length, fixture.last.isClosed, fixture.events], [
    1,
    true,
    ["ended"],
  ]);
});

Deno.test("page connection: delays are random within their bounds", () => {
  const [least, most] = [new Backoff({ random: () => 0 }), new Backoff({ random: () => 1 })];
  for (let failures = 1; failures < 300; failures++) {
    const [low, high] = [least.next(), most.next()];
    assert(low >= 250 && high <= 30_000 && low * 2 === high, `${failures}`);
  }
});
