/**
 * Any line, frame or request takes the server at most 1 ms: every text field of every frame and every
 * argument of every command, with the most expensive texts, in every format, before and after the client
 * has a name.
 */

import { assert } from "@std/assert";
import {
  type ByteString,
  type ClientProtocol,
  COMMANDS,
  lengthPrefix,
  MAX_FIELD_LENGTHS,
  MAX_NAME_LENGTH,
  toByteString,
} from "../../protocol/mod.ts";
import {
  everyFrameType,
  everyStringField,
  frameWith,
  sampleFrame,
} from "../support/string_fields.ts";
import { Chat, promises, storeWithAccounts, type TestClient } from "./chat.ts";
import { BOUND, costOf } from "./stopwatch.ts";
import { BLANK, largestFrame, largestLine, WORST_TEXTS, WORST_VALUES } from "./worst_cases.ts";

/** The bytes of a frame or line in a format. */
const FRAMED: Readonly<Record<ClientProtocol, (payload: ByteString) => ByteString>> = {
  text: (line) => line + "\n",
  irc: (line) => line + "\n",
  json: (frame) => frame + "\n",
  websocket: (frame) => frame,
  length: (frame) => lengthPrefix(frame.length) + frame,
};

const ONE_BYTE = new Uint8Array(1);

/** A text of the maximum length of its field, and one of the maximum length of a name. */
function shorterTexts(text: string, limit = Infinity): string[] {
  return [text.slice(0, limit), [...text].slice(0, MAX_NAME_LENGTH).join("")];
}

/** A chat with users of every format, and one whose input is timed. */
class CostChat {
  readonly #chat = new Chat({
    store: storeWithAccounts(["Owner", "secret"]),
    files: { maxFileBytes: Number.MAX_SAFE_INTEGER },
  });
  readonly #others: number;
  readonly #slow = new Map<string, number>();
  #member: TestClient | undefined;
  #newcomer: TestClient | undefined;

  constructor() {
    for (const kind of ["text", "json", "websocket", "length"] as const) {
      this.#enter(kind, `x${kind}`);
    }
    this.#enter("json", "x");
    this.#others = this.#chat.clients.length;
  }

  /** Measures input of a client with a name and all rights. */
  afterLogin(why: string, kind: ClientProtocol, payload: ByteString): void {
    this.#time(why, kind, payload, () => {
      if (this.#member === undefined || this.#member.session.isEnded) {
        this.#chat.clients.length = this.#others;
        this.#member = this.#enter(kind, "timed");
      }
      this.#member.session.member!.isOperator = true;
      return this.#member;
    });
  }

  /** Measures input of a client without a name. */
  beforeLogin(
    why: string,
    kind: ClientProtocol,
    payload: ByteString,
    answers: string[] = [],
  ): void {
    this.#leave();
    this.#time(why, kind, payload, () => {
      if (this.#newcomer?.session.isEnded === false) this.#newcomer.session.quit();
      this.#chat.clients.length = this.#others;
      this.#newcomer = this.#chat.connect(kind);
      for (const answer of answers) this.#newcomer.say(answer);
      return this.#newcomer;
    });
    this.#leave();
  }

  /** Fails where something took too long. */
  check(): void {
    const worst = [...this.#slow].toSorted(([, one], [, other]) => other - one)
      .map(([why, cost]) => `${cost.toFixed(1)} times the reference: ${why}`);
    assert(worst.length === 0, `${worst.length} are too slow\n${worst.slice(0, 30).join("\n")}`);
  }

  #time(why: string, kind: ClientProtocol, payload: ByteString, person: () => TestClient): void {
    const bytes = FRAMED[kind](payload);
    const cost = costOf(() => {
      for (const { transport } of this.#chat.clients) transport.written = "";
      const timed = person();
      return () => {
        timed.push(bytes);
        while (timed.workOn(100) === "more") this.#chat.flush();
        this.#chat.flush();
      };
    }, BOUND);
    if (cost > BOUND) this.#slow.set(why, cost);
  }

  /** Disconnects the measured clients. */
  #leave(): void {
    for (const person of [this.#member, this.#newcomer]) {
      if (person !== undefined && !person.session.isEnded) person.session.quit();
    }
    this.#member = this.#newcomer = undefined;
    this.#chat.flush();
    this.#chat.clients.length = this.#others;
  }

  #enter(kind: ClientProtocol, name: string): TestClient {
    const person = this.#chat.connect(kind);
    // The written bytes must not be copied and stored.
    const write = person.transport.write.bind(person.transport);
    person.transport.write = (_bytes, written) => write(ONE_BYTE, written);
    const hello = kind === "text" ? name : JSON.stringify({ type: "hello", name });
    person.send(FRAMED[kind](hello));
    assert(person.session.member !== undefined, kind);
    return person;
  }
}

/** The framings, and whether all frames are tried: the content is parsed in the same way. */
const FRAME_KINDS = [
  { kind: "json", isAll: true },
  { kind: "length", isAll: false },
  { kind: "websocket", isAll: false },
] as const;

/** One in seven, where not all are tried. */
const some = <Each>(all: readonly Each[], isAll: boolean) =>
  all.filter((_, index) => isAll || index % 7 === 2);

for (const { kind, isAll } of FRAME_KINDS) {
  for (const type of everyFrameType()) {
    Deno.test(`cost: a ${kind} frame of type ${type} with any content is read in 1 ms`, async () => {
      const chat = new CostChat();
      const after: (() => void)[] = [];
      const time = (why: string, frame: ByteString) => {
        chat.beforeLogin(`${why}, before login`, kind, frame);
        after.push(() => chat.afterLogin(why, kind, frame));
      };
      const sample = sampleFrame(type);
      for (const field of everyStringField().filter((each) => each.type === type)) {
        const name = field.path.join(".");
        const blank = frameWith(field, BLANK);
        for (const { why, fill } of some(WORST_TEXTS, isAll)) {
          time(
            `${name}: ${why}`,
            largestFrame(blank, (bytes) => JSON.stringify(fill(bytes - 2, true))),
          );
          for (const text of shorterTexts(fill(1000, false), field.limit)) {
            const frame = toByteString(JSON.stringify(frameWith(field, text)));
            time(`${name}: ${text.length} of ${why}`, frame);
          }
        }
        for (const { why, fill } of some(WORST_VALUES, isAll)) {
          time(`${name}: ${why}`, largestFrame(blank, fill));
        }
      }
      for (const [name, value] of [...Object.entries(sample), ["unknown", 0]] as const) {
        if (name === "type" || typeof value === "string") continue;
        const blank = { ...sample, [name]: BLANK };
        for (const { why, fill } of WORST_VALUES) {
          time(`${name}: ${why}`, largestFrame(blank, fill));
        }
      }
      for (const run of after) run();
      await promises();
      chat.check();
    });
  }

  Deno.test(`cost: a ${kind} frame without a type, or no frame, is read in 1 ms`, () => {
    const chat = new CostChat();
    for (const { why, fill } of WORST_TEXTS) {
      const frame = largestFrame({ type: BLANK }, (bytes) => JSON.stringify(fill(bytes - 2, true)));
      chat.beforeLogin(`type: ${why}, before login`, kind, frame);
      chat.afterLogin(`type: ${why}`, kind, frame);
    }
    for (const { why, fill } of WORST_VALUES) {
      for (const value of [BLANK, { type: BLANK }, { id: BLANK, type: 1 }]) {
        const frame = largestFrame({ frame: value }, fill).slice('{"frame":'.length, -1);
        chat.beforeLogin(`${why}, before login`, kind, frame);
        chat.afterLogin(why, kind, frame);
      }
    }
    chat.check();
  });
}

Deno.test("cost: any answer to a prompt is read in 1 ms", () => {
  const chat = new CostChat();
  for (const worst of WORST_TEXTS) {
    const line = largestLine(BLANK, worst);
    for (const name of shorterTexts(worst.fill(1000, false), MAX_FIELD_LENGTHS.name)) {
      const typed = toByteString(name.replace(/[\r\n]/g, " "));
      chat.beforeLogin(`${name.length} of name: ${worst.why}`, "text", typed);
    }
    chat.beforeLogin(`name: ${worst.why}`, "text", line);
    chat.beforeLogin(`password: ${worst.why}`, "text", line, ["Owner"]);
  }
  chat.check();
});

Deno.test("cost: a message, and an unknown command, is read in 1 ms", () => {
  const chat = new CostChat();
  for (const worst of WORST_TEXTS) {
    for (const start of ["", "/", "//", "/ ", "/\u0130"]) {
      chat.afterLogin(`${start}: ${worst.why}`, "text", largestLine(start + BLANK, worst));
    }
  }
  chat.check();
});

for (const { name, aliases, usage } of COMMANDS) {
  Deno.test(`cost: ${name} with any arguments is read in 1 ms`, async () => {
    const chat = new CostChat();
    const count = Math.max(1, usage.split(" ").length - 1);
    for (const command of [name, ...aliases]) {
      for (let place = 0; place < count; place++) {
        const words = Array.from({ length: count }, (_, index) => index === place ? BLANK : "x");
        const line = [command, ...words].join(" ");
        for (const worst of WORST_TEXTS) {
          chat.afterLogin(`${line}: ${worst.why}`, "text", largestLine(line, worst));
          for (const text of shorterTexts(worst.fill(1000, false), MAX_FIELD_LENGTHS.name)) {
            const typed = toByteString(line.replace(BLANK, () => text.replace(/[\r\n]/g, " ")));
            chat.afterLogin(`${line}: ${text.length} of ${worst.why}`, "text", typed);
          }
        }
      }
    }
    await promises();
    chat.check();
  });
}
