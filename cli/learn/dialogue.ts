import type { LessonEvent } from "../../client/learn/conditions.ts";
import type { Observation } from "../../client/learn/lesson_run.ts";
import type { Key } from "./keys.ts";
import type { LessonScreen } from "./screen.ts";

/** What a lesson reacts to. */
export type Message = { readonly key: Key } | { readonly event: LessonEvent };

/** What arrives while a lesson waits: keys, and what else it reacts to. */
export class Inbox<Message> {
  readonly #messages: Message[] = [];
  #wake: (() => void) | undefined;

  /** @param limit maximum number of waiting messages; later ones are dropped. */
  constructor(private readonly limit: number = 10_000) {}

  push(message: Message): void {
    if (this.#messages.length >= this.limit) return;
    this.#messages.push(message);
    this.#wake?.();
  }

  /** Waits until there is a message. */
  async ready(): Promise<void> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** The next message, or waits for it. */
  async next(): Promise<Message> {
    await this.ready();
    return this.#messages.shift()!;
  }
}

/** The learner has pressed a key to leave. */
export class Leaving extends Error {}

/** Waits for the learner, while events keep coming. */
export class Dialogue {
  /** Receives the events; set by the lesson that is running. */
  observe: (event: LessonEvent) => Observation = () => "nothing";

  constructor(readonly screen: LessonScreen, private readonly inbox: Inbox<Message>) {}

  /**
   * The next key that the learner presses, or what the next event means.
   *
   * @throws {Leaving}
   */
  async next(): Promise<Key | Observation> {
    const message = await this.inbox.next();
    if ("event" in message) return this.observe(message.event);
    if (message.key === "leave") throw new Leaving();
    return message.key;
  }

  /** The next key. @throws {Leaving} */
  async key(): Promise<Key> {
    while (true) {
      const next = await this.next();
      if (next !== "fulfilled" && next !== "near" && next !== "nothing") return next;
    }
  }

  /** Waits until the learner continues. @param other receives other keys. @throws {Leaving} */
  async untilEnter(what: string, keys: string, other: (key: Key) => void = () => {}) {
    this.screen.status(what, keys);
    for (let key; (key = await this.key()) !== "enter" && key !== "skip";) other(key);
    this.screen.status("");
  }

  /** Waits for an action, which the learner can leave. @throws {Leaving} */
  async during(action: Promise<void>, what: string): Promise<void> {
    this.screen.status(what, "q: leave");
    const done = action.then(() => "done" as const);
    done.catch(() => {}); // when the learner leaves meanwhile
    while (await Promise.race([done, this.inbox.ready()]) !== "done") await this.next();
    this.screen.status("");
  }
}
