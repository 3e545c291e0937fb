/** A hub and the frames that its members receive, for its tests. */

import { assert } from "@std/assert";
import { DEFAULT_ROOM, type ServerFrame } from "../../protocol/mod.ts";
import type { Audience, Subscriber } from "../../server/fanout/audience.ts";
import { Hub } from "../../server/chat/hub.ts";
import type { ChatFanout } from "../../server/chat/room_changes.ts";
import type { Member, MemberInit } from "../../server/chat/member.ts";
import { createMemoryStore } from "../../server/storage/memory_store.ts";
import { FakeClock } from "./fakes.ts";
import { partOf } from "../support/part_of.ts";

/** A fan-out of ten lines: sends to each subscriber at once. */
class FakeFanout implements ChatFanout {
  readonly received = new Map<Subscriber, ServerFrame[]>();
  readonly #audiences = new Map<Audience, Set<Subscriber>>();

  subscribe(subscriber: Subscriber, audience: Audience): void {
    if (!this.#audiences.has(audience)) this.#audiences.set(audience, new Set());
    this.#audiences.get(audience)!.add(subscriber);
  }

  unsubscribe(subscriber: Subscriber, audience: Audience): void {
    this.#audiences.get(audience)?.delete(subscriber);
  }

  broadcast(
    audience: Audience,
    frame: ServerFrame,
    except?: Subscriber,
    others: readonly Subscriber[] = [],
  ): void {
    for (const subscriber of this.#audiences.get(audience) ?? []) {
      if (subscriber !== except && !others.includes(subscriber)) this.send(subscriber, frame);
    }
  }

  send(subscriber: Subscriber, frame: ServerFrame): void {
    this.received.get(subscriber)?.push(frame);
  }

  notify(subscriber: Subscriber, frame: ServerFrame): boolean {
    this.send(subscriber, frame);
    return true;
  }
}

/** A member with only a name. */
export const initOf = (name: string): MemberInit => (
  { name, session: 0, address: "192.0.2.1", isAuthenticated: false, isOperator: false }
);

/** A hub and the frames that its members receive. */
export class Stage {
  readonly clock = new FakeClock();
  readonly fanout = new FakeFanout();
  readonly store = createMemoryStore();
  readonly hub: Hub;
  readonly #ears = new Map<Member, Subscriber>();
  readonly time = this.clock.now();

  constructor(rooms: readonly string[] = []) {
    this.hub = new Hub(this.fanout, this.clock, this.store, rooms);
  }

  subscriber(state = { isBehind: false }): Subscriber {
    return partOf<Subscriber>(state);
  }

  join(name: string, room = DEFAULT_ROOM, subscriber = this.subscriber()): Member {
    const { value: free, error } = this.hub.members.checkFree(name);
    assert(free, error?.text);
    const { value: entered } = this.hub.rooms.open(room);
    const member = this.hub.register(initOf(free), [entered!], subscriber);
    this.fanout.received.set(subscriber, []);
    this.#ears.set(member, subscriber);
    return member;
  }

  /** Fills a room with members whose messages are not read. */
  joinMany(count: number, prefix = "u"): Member[] {
    return Array.from({ length: count }, (_, number) => {
      const { value: room } = this.hub.rooms.open(DEFAULT_ROOM);
      return this.hub.register(initOf(`${prefix}${number}`), [room!], this.subscriber());
    });
  }

  /** The frames that a member received since the last call. */
  received(member: Member): ServerFrame[] {
    return this.fanout.received.get(this.#ears.get(member)!)!.splice(0);
  }
}

/** A stage whose methods can be taken out of it. */
export function withStage(rooms?: readonly string[]) {
  const stage = new Stage(rooms);
  return {
    hub: stage.hub,
    store: stage.store,
    clock: stage.clock,
    time: stage.time,
    subscriber: stage.subscriber.bind(stage),
    join: stage.join.bind(stage),
    joinMany: stage.joinMany.bind(stage),
    received: stage.received.bind(stage),
  };
}
