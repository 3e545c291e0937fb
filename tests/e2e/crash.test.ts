/**
 * The server is killed in the middle of a chat and started again: all clients go on, nothing that
 * was acknowledged is lost, and nothing is said twice.
 */

import { assert, assertEquals } from "@std/assert";
import { type Program, startProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { freePort } from "../support/addresses.ts";

/** How often the server is killed. More rounds find rarer faults: HUBBUB_TEST_CRASH_ROUNDS=20. */
const ROUNDS = Number(Deno.env.get("HUBBUB_TEST_CRASH_ROUNDS") ?? 4);
const CLIENTS = 50;
/** Acknowledgements in a round before the server is killed, at the least and at the most. */
const ACKS = { least: 200, most: 2000 };

/** A participant who talks all the time, and resumes whenever the connection breaks. */
class Talker {
  /** How often each message of the others came in. */
  readonly received = new Map<string, number>();
  /** What was acknowledged, by its text. */
  readonly acknowledged = new Set<string>();
  readonly #unacknowledged = new Map<string, string>();
  #client!: RawClient;
  #session: string | undefined;
  #seq = 0;
  #sent = 0;
  isQuiet = false;
  /** Messages that the server left out. */
  skipped = 0;

  constructor(
    readonly name: string,
    private readonly port: () => number,
    private readonly onAck: () => void,
  ) {}

  get isSettled(): boolean {
    return this.isQuiet && this.#unacknowledged.size === 0;
  }

  /** Connects, for the first time or again, and says again what may not have arrived. */
  async connect(): Promise<void> {
    this.#client = await RawClient.connect(this.port());
    this.#client.sendFrame({
      type: "hello",
      name: this.name,
      ...(this.#session && { resume: { session: this.#session, rooms: { lobby: this.#seq } } }),
    });
    const welcome = await this.#client.frame("welcome");
    if (this.#session !== undefined) assertEquals(welcome.resumed, true, this.name);
    this.#session = welcome.session;
    for (const [id, text] of this.#unacknowledged) this.#say(id, text);
  }

  /** Talks until the connection breaks, or until all is said. */
  async talk(): Promise<void> {
    try {
      if (!this.isQuiet) this.#sayNext();
      while (!this.isSettled) this.#take(await this.#client.frame());
    } catch {
      // The server was killed: the next round goes on from here.
    }
  }

  /** Reads until a message of that number has come by. */
  async readUntil(seq: number): Promise<void> {
    while (this.#seq < seq) this.#take(await this.#client.frame());
    this.#client.close();
  }

  get seq(): number {
    return this.#seq;
  }

  // deno-lint-ignore no-explicit-any -- frames are read as they come
  #take(frame: any): void {
    if (frame.type === "message") {
      this.#seq = frame.seq;
      this.received.set(frame.text, (this.received.get(frame.text) ?? 0) + 1);
    } else if (frame.type === "ack") {
      this.#seq = Math.max(this.#seq, frame.seq);
      const text = this.#unacknowledged.get(frame.id);
      if (text === undefined) return;
      this.#unacknowledged.delete(frame.id);
      this.acknowledged.add(text);
      this.onAck();
      if (!this.isQuiet) this.#sayNext();
    } else if (frame.type === "skipped") this.skipped += frame.count;
  }

  #sayNext(): void {
    const id = String(++this.#sent);
    const text = `${this.name} says ${id}`;
    this.#unacknowledged.set(id, text);
    this.#say(id, text);
  }

  #say(id: string, text: string): void {
    this.#client.sendFrame({ type: "message", text, id });
  }
}

Deno.test({
  name: `killed ${ROUNDS} times while ${CLIENTS} chat: all resume, nothing lost, nothing doubled`,
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const data = await Deno.makeTempDir();
    const port = freePort();
    let acks = 0;
    let killAt = Infinity;
    let server: Program | undefined;
    const start = async () => {
      const parameters = ["serve", "--port", String(port), "--data", data, "--rate", "off"];
      server = startProgram([...parameters, "--log-level", "warn"]);
      await server.stdout.until(/^Listening on /m);
    };
    const onAck = () => {
      if (++acks === killAt) server!.child.kill("SIGKILL");
    };
    const talkers = Array.from(
      { length: CLIENTS },
      (_, index) => new Talker(`user${index}`, () => port, onAck),
    );
    try {
      for (let round = 0; round < ROUNDS; round++) {
        await start();
        killAt = acks + ACKS.least + Math.floor((ACKS.most - ACKS.least) * Math.random());
        await Promise.all(talkers.map((talker) => talker.connect()));
        await Promise.all(talkers.map((talker) => talker.talk()));
        await server![Symbol.asyncDispose]();
      }
      await start();
      killAt = Infinity;
      for (const talker of talkers) talker.isQuiet = true;
      await Promise.all(talkers.map((talker) => talker.connect()));
      await Promise.all(talkers.map((talker) => talker.talk()));
      const last = Math.max(...talkers.map((talker) => talker.seq));
      await Promise.all(talkers.map((talker) => talker.readUntil(last)));
    } finally {
      await server?.[Symbol.asyncDispose]();
      await Deno.remove(data, { recursive: true });
    }
    const said = talkers.flatMap((talker) => [...talker.acknowledged]);
    assert(said.length >= ROUNDS * ACKS.least, `${said.length} were acknowledged`);
    for (const talker of talkers) {
      assertEquals(talker.skipped, 0, `${talker.name} was sent less than was said`);
      for (const [text, count] of talker.received) assertEquals(count, 1, `${text} was doubled`);
      const own = talker.acknowledged;
      const lost = said.filter((text) => !own.has(text) && !talker.received.has(text));
      assertEquals(lost.slice(0, 5), [], `${lost.length} acknowledged messages were lost`);
    }
  },
});
