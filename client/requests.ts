import type { ServerFrame } from "../protocol/mod.ts";
import { ChatError } from "./chat_error.ts";

type FrameOf<Type extends ServerFrame["type"]> = Extract<ServerFrame, { type: Type }>;

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/**
 * What was asked of the server and not answered yet.
 *
 * Messages and whispers are answered by their id, pings by their number; `users` and `nick` carry
 * neither, and are answered in the order in which they were sent.
 */
export class Requests {
  readonly #acks = new Map<string, Waiting<FrameOf<"ack">>>();
  readonly #pongs = new Map<number, Waiting<FrameOf<"pong">>>();
  readonly #users: Waiting<FrameOf<"users">>[] = [];
  readonly #nicks: Waiting<FrameOf<"renamed">>[] = [];

  /** Answers that are waited for. */
  get size(): number {
    return this.#acks.size + this.#pongs.size + this.#users.length + this.#nicks.length;
  }

  ack(id: string): Promise<FrameOf<"ack">> {
    return new Promise((resolve, reject) => this.#acks.set(id, { resolve, reject }));
  }

  pong(t: number): Promise<FrameOf<"pong">> {
    return new Promise((resolve, reject) => this.#pongs.set(t, { resolve, reject }));
  }

  users(): Promise<FrameOf<"users">> {
    return new Promise((resolve, reject) => this.#users.push({ resolve, reject }));
  }

  nick(): Promise<FrameOf<"renamed">> {
    return new Promise((resolve, reject) => this.#nicks.push({ resolve, reject }));
  }

  /**
   * Hands a frame to whoever waits for it.
   *
   * @param self the name under which this client is known.
   */
  answer(frame: ServerFrame, self: string): void {
    switch (frame.type) {
      case "ack":
        this.#acks.get(frame.id)?.resolve(frame);
        this.#acks.delete(frame.id);
        break;
      case "pong":
        this.#pongs.get(frame.t)?.resolve(frame);
        this.#pongs.delete(frame.t);
        break;
      case "users":
        this.#users.shift()?.resolve(frame);
        break;
      case "renamed":
        if (frame.from === self) this.#nicks.shift()?.resolve(frame);
        break;
      case "error":
        this.#refuse(frame);
        break;
    }
  }

  /** Gives up on one message or whisper. */
  rejectAck(id: string, error: Error): void {
    this.#acks.get(id)?.reject(error);
    this.#acks.delete(id);
  }

  /**
   * Gives up on all of them.
   *
   * @param isKept messages and whispers, by their ids, that still may be answered.
   */
  rejectAll(error: Error, isKept: (id: string) => boolean = () => false): void {
    const given = [...this.#acks].filter(([id]) => !isKept(id));
    const waiting = [
      ...given.map(([, waiting]) => waiting),
      ...this.#pongs.values(),
      ...this.#users,
      ...this.#nicks,
    ];
    for (const [id] of given) this.#acks.delete(id);
    this.#pongs.clear();
    this.#users.length = 0;
    this.#nicks.length = 0;
    for (const { reject } of waiting) reject(error);
  }

  #refuse(frame: FrameOf<"error">): void {
    if (frame.ref !== undefined) {
      this.#acks.get(frame.ref)?.reject(new ChatError(frame));
      this.#acks.delete(frame.ref);
    } else if (frame.code === "name_taken" || frame.code === "name_invalid") {
      this.#nicks.shift()?.reject(new ChatError(frame));
    }
  }
}
