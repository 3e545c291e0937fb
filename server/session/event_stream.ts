import type { WatchedAccess } from "../chat/access_watch.ts";
import type { Member } from "../chat/member.ts";
import { PAGE_BYTES, PAGE_MESSAGES } from "../chat/replay.ts";
import type { Room } from "../chat/room.ts";
import { Subscriber } from "../fanout/audience.ts";
import type { EventFormat } from "../fanout/event_format.ts";
import { Outbox, type Skipped } from "../fanout/outbox.ts";
import type { AdmissionTicket } from "../network/admission.ts";
import { lingerUntilClosed } from "../network/lingering_close.ts";
import { type Peer, peerText } from "../network/peer.ts";
import type { SocketTransport, Transport, TransportListener } from "../network/transport.ts";
import type { Result } from "../result.ts";
import type { Slice } from "../scheduling/scheduler.ts";
import { StorageError } from "../storage/storage_error.ts";
import type { Heartbeatable } from "./liveness.ts";
import type { SessionContext } from "./session_context.ts";

/** Maximum number of discarded bytes of a client that sends more after its request. */
const MAX_DISCARDED_BYTES = 64 * 1024;

type StreamTransport = Transport & Pick<SocketTransport, "guard">;

export type EventStreamContext = Pick<SessionContext, "chat" | "registry" | "heartbeat"> & {
  readonly options: Pick<SessionContext["options"], "outbox" | "slowClients">;
};

export interface EventStreamInit {
  readonly room: Room;
  readonly format: EventFormat;
  /** Number of the last message that the client has; absent for the last one of the room. */
  readonly after: number | undefined;
  /** The client; not the proxy that has forwarded its request. */
  readonly peer: Peer;
  readonly ticket: AdmissionTicket;
  /** Whether the client may still read, checked from time to time. */
  readonly isAllowed: () => boolean;
}

/**
 * The messages of one room over HTTP, each once and in order, until the client or the server ends them.
 *
 * 1. The client is a member without a name: it keeps the room in use, and bans of its address end it. So do a
 *    ban of the name and the end of the token or the account that it was opened with, within ten seconds.
 * 2. While it is behind, it reads pages of the history: the next one when the system has accepted the one
 *    before. During that it is not in the fan-out. New messages are in the store, and so in one of the next
 *    pages.
 * 3. Once a page ends with the last message of the room, it gets the room's batches of the fan-out, from
 *    the same step on.
 * 4. A client that reads too slowly skips batches, as every client. When it reads again, it is behind from
 *    the first skipped message on: the history has them, and nothing is lost.
 * 5. Only messages that the history does not have any more are missing, and `skipped` has their numbers.
 * 6. Output of its own goes through the fan-out, after the commit of the store: a client never has a
 *    message that a crash of the server undoes.
 * 7. A heartbeat follows an interval without output. A client that accepts nothing for three is dropped.
 */
export class EventStream implements TransportListener, Heartbeatable, Slice, WatchedAccess {
  missedBeats = 0;
  readonly isPaused = false;
  readonly #member: Member;
  readonly #outbox: Outbox;
  readonly #subscriber: Subscriber;
  /** Number of the last message that was read while behind. */
  #position: number;
  #isBehind = true;
  #isPageRequested = false;
  #isOver = false;
  #discardedBytes = 0;

  private constructor(
    private readonly transport: StreamTransport,
    private readonly init: EventStreamInit,
    private readonly context: EventStreamContext,
  ) {
    const { chat, options: { outbox, slowClients } } = context;
    const { room, after = room.seq, peer: { address }, format, ticket } = init;
    // A number from the future is one of before the numbers of the room began again.
    this.#position = after > room.seq ? 0 : after;
    const sink = {
      write: (bytes: Uint8Array, written: () => void) =>
        transport.write(bytes, () => transport.guard(() => this.#written(written))),
      end: () => transport.end(),
    };
    const onOverflow = () => {
      ticket.refuse("too_slow");
      queueMicrotask(() => transport.guard(() => this.#end()));
    };
    this.#outbox = new Outbox(sink, outbox, this.#drained, onOverflow, {
      closesSlowClients: slowClients === "close",
      budget: chat.outboxBudget,
    });
    this.#subscriber = new Subscriber(format.encoder, this.#outbox);
    const nameless = { name: "", session: 0, isAuthenticated: false, isOperator: false };
    this.#member = chat.hub.reserve(
      { ...nameless, address },
      [{ room, since: this.#position }],
      false,
    );
    this.#member.dismiss = () => this.end();
    // Its own room was deleted.
    this.#member.entered = () => this.end();
  }

  /**
   * Makes a stream if a place is free. The caller makes it the listener of the transport, and starts it.
   *
   * @param isOperator whether it has a place in a full room.
   * @returns the stream, or the error `room_full` or `server_full`.
   */
  static open(
    transport: StreamTransport,
    init: EventStreamInit,
    isOperator: boolean,
    context: EventStreamContext,
  ): Result<EventStream> {
    const { hub: { rooms } } = context.chat;
    const { room, ticket } = init;
    const error = rooms.placeError(room, { isOperator }) ?? ticket.join();
    if (error === undefined) return { value: new EventStream(transport, init, context) };
    rooms.release(room);
    return { error };
  }

  /** @param head of the answer. */
  start(head: string): void {
    const { chat: { accessWatch, fanout, metrics, presenceLog }, heartbeat } = this.context;
    const { format, peer, room } = this.init;
    metrics.sessions.events++;
    presenceLog.joined({
      ...{ name: "", listens: true, room: room.name },
      ...{ address: peerText(peer), kind: "events", isResumed: false },
    });
    heartbeat.add(this);
    accessWatch.add(this);
    // The first page follows this output.
    fanout.direct(this.#subscriber, head + format.start(this.#position), 0);
    if (this.#position === room.seq) this.#attach();
  }

  received({ length }: string): void {
    this.#discardedBytes += length;
    if (this.#discardedBytes > MAX_DISCARDED_BYTES) this.destroy();
  }

  controlFrame(): void {}

  ended(): void {
    this.#end();
  }

  closed(): void {
    this.#leave();
    this.#outbox.close();
    this.context.registry.delete(this);
  }

  shutDown(): void {
    this.end();
  }

  isAllowed(): boolean {
    return this.init.isAllowed();
  }

  /** Ends the stream after the output so far. */
  end(): void {
    this.transport.guard(() => this.#end());
  }

  destroy(): void {
    this.transport.destroy();
  }

  ping(): void {
    if (this.#outbox.waitingBytes > 0) return;
    this.context.chat.fanout.direct(this.#subscriber, this.init.format.heartbeat, 0);
  }

  lost(): void {
    const { log, metrics } = this.context.chat;
    metrics.silent++;
    log.info("silent", { address: peerText(this.init.peer) });
    this.destroy();
  }

  /** Sends the next page of the history. */
  slice(): boolean {
    this.#isPageRequested = false;
    this.transport.guard(() => {
      try {
        this.#sendPage();
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        // The client resumes where it is.
        this.#end();
      }
    });
    return false;
  }

  #written(written: () => void): void {
    this.missedBeats = 0;
    written();
    const { scheduler } = this.context.chat;
    if (!this.#isBehind || this.#isPageRequested || this.#outbox.waitingBytes > 0) return;
    this.#isPageRequested = true;
    scheduler.addSlice(this);
  }

  #drained = (skipped: readonly Skipped[]): void => {
    const first = skipped.find(({ count }) => count > 0);
    if (first === undefined || this.#isOver) return;
    this.context.chat.hub.detach(this.#member);
    // Later messages, which the next pages have.
    this.#subscriber.discard();
    this.#position = first.from - 1;
    this.#isBehind = true;
  };

  #sendPage(): void {
    if (this.#isOver) return;
    const { room, format: { encoder } } = this.init;
    if (!this.#member.isIn(room)) return this.#end();
    const { fanout, store: { history } } = this.context.chat;
    const page = history.read(room.key, { after: this.#position, limit: PAGE_MESSAGES });
    let bytes = "";
    for (const { message } of page) {
      if (bytes.length >= PAGE_BYTES) break;
      bytes += this.#gapBefore(message.seq) + encoder.encode(message);
      this.#position = message.seq;
    }
    const isAtEnd = page.length < PAGE_MESSAGES &&
      (page.at(-1)?.message.seq ?? this.#position) === this.#position;
    if (isAtEnd) {
      bytes += this.#gapBefore(room.seq + 1);
      this.#position = room.seq;
    }
    fanout.direct(this.#subscriber, bytes, 0);
    if (this.#position === room.seq) this.#attach();
  }

  /** The event for messages that the history does not have any more; empty without any. */
  #gapBefore(seq: number): string {
    const { room: { name: room }, format: { encoder } } = this.init;
    const from = this.#position + 1;
    const to = seq - 1;
    if (to < from) return "";
    return encoder.encode({ type: "skipped", room, count: to - from + 1, from, to });
  }

  #attach(): void {
    this.#isBehind = false;
    this.context.chat.hub.attach(this.#member, this.#subscriber);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#leave();
    const { registry, chat: { after, fanout } } = this.context;
    fanout.end(this.#subscriber);
    lingerUntilClosed(this.transport, registry, {
      after,
      onClosed: () => this.#outbox.close(),
    });
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { chat: { accessWatch, hub, metrics, presenceLog }, heartbeat } = this.context;
    metrics.sessions.events--;
    presenceLog.left("", peerText(this.init.peer));
    heartbeat.remove(this);
    accessWatch.remove(this);
    hub.unregister(this.#member);
  }
}
