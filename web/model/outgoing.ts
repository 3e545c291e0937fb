import type { ClientFrame } from "../../protocol/frames.ts";

/** Something that was said, as the server is told. */
export type SpokenFrame =
  & Extract<ClientFrame, { type: "message" | "whisper" }>
  & { readonly id: string };

/** What waits at most; whoever says more into a broken connection is told so. */
const MOST_WAITING = 200;

/**
 * What was said and not acknowledged yet, in order.
 *
 * A session that is resumed gets all of it again, with the same ids: the server takes each once. A new
 * session cannot know what the old one has taken, so it only gets what never went out.
 */
export class Outgoing {
  readonly #waiting = new Map<string, { readonly frame: SpokenFrame; wasSent: boolean }>();

  get size(): number {
    return this.#waiting.size;
  }

  get isFull(): boolean {
    return this.size >= MOST_WAITING;
  }

  /** @param isSent whether it goes out at once. */
  add(frame: SpokenFrame, isSent: boolean): void {
    this.#waiting.set(frame.id, { frame, wasSent: isSent });
  }

  /** The server has taken or refused it. @returns whether it was waiting. */
  settle(id: string): boolean {
    return this.#waiting.delete(id);
  }

  /** Everything that waits, to be sent now. */
  takeAll(): SpokenFrame[] {
    const all = [...this.#waiting.values()];
    for (const each of all) each.wasSent = true;
    return all.map(({ frame }) => frame);
  }

  /** Gives up what went out and may or may not have been taken. @returns the ids. */
  giveUpSent(): string[] {
    const ids = [...this.#waiting].filter(([, { wasSent }]) => wasSent).map(([id]) => id);
    for (const id of ids) this.#waiting.delete(id);
    return ids;
  }

  clear(): void {
    this.#waiting.clear();
  }
}
