import { LatencyRecorder } from "../latencies.ts";
import { KEEPER_NAME } from "../names.ts";
import { FrameLink } from "./frame_link.ts";
import type { LinkEvents } from "./link.ts";

/** Milliseconds between two logins. */
const LOGIN_MILLISECONDS = 3000;

/** How long a login may take before it counts as one that failed, in milliseconds. */
const PATIENCE_MILLISECONDS = 10_000;

const PASSWORD = "the keeper's own password";

/** The owner of a protected name, who comes back every few seconds with the right password. */
export class Keeper {
  readonly logins = new LatencyRecorder();
  /** Logins that failed, by what the server said. */
  readonly refused: Record<string, number> = {};
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Registers the name, before its password is guessed. */
  async register(port: number): Promise<void> {
    const registered = Promise.withResolvers<void>();
    const { link, answer } = await this.#enter(port, undefined, () => registered.resolve());
    if (answer !== "welcome") throw new Error(`Cannot enter as ${KEEPER_NAME}: ${answer}`);
    link.register(PASSWORD);
    await registered.promise;
    link.close();
  }

  start(port: number): void {
    this.#timer = setInterval(() => void this.#login(port), LOGIN_MILLISECONDS);
  }

  finish(): void {
    clearInterval(this.#timer);
  }

  async #login(port: number): Promise<void> {
    const start = performance.now();
    const { link, answer } = await this.#enter(port, PASSWORD).catch((error: Error) => ({
      link: undefined,
      answer: error.message,
    }));
    if (answer !== "welcome") this.refused[answer] = (this.refused[answer] ?? 0) + 1;
    this.logins.record(performance.now() - start);
    link?.close();
  }

  async #enter(
    port: number,
    password?: string,
    onNotice: () => void = () => {},
  ): Promise<{ link: FrameLink; answer: string }> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const timer = setTimeout(() => resolve("no answer"), PATIENCE_MILLISECONDS);
    const events: LinkEvents = {
      onWelcome: () => resolve("welcome"),
      onRoom() {},
      onMessage() {},
      onWhisper() {},
      onAcknowledged() {},
      onComplaint: resolve,
      onNotice,
      onClosed: () => resolve("closed"),
    };
    const link = await FrameLink.overLines(port, false, events);
    link.hello(KEEPER_NAME, password);
    const answer = await promise;
    clearTimeout(timer);
    return { link, answer };
  }
}
