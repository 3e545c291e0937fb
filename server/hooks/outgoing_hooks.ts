import { type MessageFrame, nameKey } from "../../protocol/mod.ts";
import { HookQueue, type HookQueueParts } from "./hook_queue.ts";
import { HookTarget, type HookTargetOptions } from "./hook_target.ts";

/** A webhook to which the messages of a room are sent. */
export interface OutgoingHook {
  readonly room: string;
  /** See {@link parseHookUrl}. It may contain a secret. */
  readonly url: string;
}

export interface OutgoingHooksParts extends HookQueueParts {
  readonly options: HookQueueParts["options"] & HookTargetOptions;
  /** Text without `_` that no other server has, with which its messages begin. */
  readonly server: string;
}

/** The outgoing webhooks of a server: each gets the messages of its room. */
export class OutgoingHooks {
  /** By the room and the address of the webhook. */
  #queues = new Map<string, HookQueue>();
  #rooms = new Map<string, HookQueue[]>();
  #lastNumber = 0;

  constructor(private readonly parts: OutgoingHooksParts) {}

  /** Messages that are not sent. */
  get size(): number {
    let size = 0;
    for (const queue of this.#queues.values()) size += queue.size;
    return size;
  }

  /** Changes the webhooks. Those that stay keep their messages; those of the others are dropped. */
  replace(hooks: readonly OutgoingHook[]): void {
    const before = this.#queues;
    this.#queues = new Map();
    this.#rooms = new Map();
    for (const hook of hooks) {
      const room = nameKey(hook.room);
      const key = `${room} ${hook.url}`;
      if (this.#queues.has(key)) continue;
      const queue = before.get(key) ?? this.#createQueue(hook);
      before.delete(key);
      this.#queues.set(key, queue);
      this.#rooms.set(room, [...this.#rooms.get(room) ?? [], queue]);
    }
    for (const queue of before.values()) {
      this.parts.metrics.hookDropped += queue.size;
      queue.close();
    }
  }

  /** Sends a message of a room, later. @param room its key. */
  send(room: string, frame: MessageFrame): void {
    const queues = this.#rooms.get(room);
    if (queues === undefined) return;
    const id = `${this.#prefix}${++this.#lastNumber}`;
    for (const queue of queues) queue.add({ frame, id });
  }

  /** Whether a received webhook is one of this server. @param id in its header `Webhook-Id`. */
  isOwn(id: string): boolean {
    return id.startsWith(this.#prefix);
  }

  /**
   * Sends what waits, and closes the connections.
   *
   * @param milliseconds maximum time.
   * @returns the number of messages that were not sent.
   */
  async stop(milliseconds: number): Promise<number> {
    const queues = [...this.#queues.values()];
    const close = () => queues.forEach((queue) => queue.close());
    const cancel = this.parts.clock.after(milliseconds, close);
    await Promise.all(queues.map((queue) => queue.stop()));
    cancel();
    close();
    return this.size;
  }

  get #prefix(): string {
    return `msg_${this.parts.server}_`;
  }

  #createQueue({ room, url: text }: OutgoingHook): HookQueue {
    const url = new URL(text);
    const target = new HookTarget(url, this.parts.options, this.parts.clock);
    return new HookQueue(target, { room, host: url.host }, this.parts);
  }
}
