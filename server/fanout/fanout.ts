/**
 * The fan-out: one batch per room and turn.
 *
 * A message to a room is only appended to the room's batch, independent of the number of members. At the
 * end of the turn each batch is encoded once per format in the room, and this buffer is written to all
 * members. A write costs the kernel some five microseconds, so one write per member and turn instead of
 * one per message makes the chat fast.
 *
 * Only exceptions cost more: a subscriber that does not get exactly the whole batch (a sender, whose own
 * messages are left out; a client with an answer in the middle of it; one that joined or left) has a list
 * of pieces instead, which are written together. It keeps the order within each room, and of a frame for
 * one client, or that holds for all rooms, among those of all rooms of the client. The whole batches of
 * several rooms are one write, too, and joined once for all subscribers that get the same ones
 * ({@link SharedBatches}).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { ByteString, ServerFrame } from "../../protocol/mod.ts";
import {
  type Audience,
  type Batch,
  SharedBatches,
  type Subscriber,
  Subscription,
} from "./audience.ts";
import { type FanoutCounts, writeBatch, type WriteFailure, writePieces } from "./batch_writes.ts";
import { FULL_BATCH_BYTES, type RoomPacer } from "./room_pacer.ts";
import type { Encoder } from "./encoder.ts";
import { isKept } from "./kept_frames.ts";

const UNCOUNTED = () => ({ messages: 0, deliveries: 0, skipped: 0, droppedNotices: 0 });

/**
 * Collects the output of a turn, and writes it at the end of the turn.
 *
 * With a {@link RoomPacer}, rooms wait for their slice. Frames for a single subscriber do not wait, and
 * are written after all earlier ones of its room.
 */
export class Fanout {
  #dirty: Batch[] = [];
  #exceptions: Subscriber[] = [];
  #isFull = false;
  #isRequested = false;

  /**
   * @param requestFlush called when output is waiting, once until the flush.
   * @param onError receives an error of the encoding of a batch, which is then lost.
   * @param pacer none by default: every flush writes to all rooms.
   */
  constructor(
    private readonly requestFlush: () => void,
    private readonly counts: FanoutCounts = UNCOUNTED(),
    private readonly onError: (error: unknown) => void = () => {},
    private readonly pacer?: RoomPacer,
  ) {}

  /** True when a room has enough output for one write: the flush should come before more. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Sends the frames of the audience to the subscriber from now on. */
  subscribe(subscriber: Subscriber, audience: Audience): void {
    const batch = audience.batchOf(subscriber.format, this.pacer?.writesPerFlush);
    batch.subscribers.add(subscriber);
    const subscription = new Subscription(audience, batch);
    subscriber.subscriptions.push(subscription);
    if (subscription.start > 0) this.#markException(subscriber);
  }

  /** Ends this; the subscriber still gets the earlier frames of this turn. */
  unsubscribe(subscriber: Subscriber, audience: Audience): void {
    const subscription = subscriber.subscriptionTo(audience);
    if (subscription === undefined) return;
    const { batch, start } = subscription;
    if (batch.bytes.length > start) this.#markException(subscriber);
    cut(subscriber, subscription);
    batch.subscribers.delete(subscriber);
    subscriber.subscriptions.splice(subscriber.subscriptions.indexOf(subscription), 1);
  }

  /** Sends a frame to the audience, except some subscribers. O(1) in the number of receivers, unless it holds
   * for all rooms. */
  broadcast(
    audience: Audience,
    frame: ServerFrame,
    except?: Subscriber,
    others?: readonly Subscriber[],
  ): void {
    if (except !== undefined) this.#leaveOut(except, audience);
    if (others !== undefined) { for (const other of others) this.#leaveOut(other, audience); }
    if (frame.type === "message") this.counts.messages++;
    let bytes: ByteString = "";
    let format: Encoder | undefined;
    const placed: Batch[] = [];
    for (const batch of audience.batches) {
      // A batch that has begun continues without subscribers: the numbers of its messages have no gaps.
      if (batch.subscribers.size === 0 && batch.bytes === "") continue;
      if (batch.format !== format) {
        format = batch.format;
        bytes = format.encode(frame);
      }
      if (bytes === "") continue;
      const keepsPlace = format.holdsForAllRooms?.(frame) === true;
      if (keepsPlace) this.#cutRooms(batch);
      if (batch.bytes === "") this.#markDirty(batch);
      const from = batch.bytes.length;
      batch.bytes += bytes;
      if (batch.bytes.length >= FULL_BATCH_BYTES) this.#isFull = true;
      if (frame.type === "message") {
        if (batch.messages++ === 0) batch.firstSeq = frame.seq;
      } else if (isKept(frame, format)) batch.kept.push({ from, to: batch.bytes.length });
      else batch.hasNotices = true;
      if (keepsPlace) placed.push(batch);
    }
    except?.subscriptionTo(audience)?.skipToEnd();
    if (others !== undefined) {
      for (const other of others) other.subscriptionTo(audience)?.skipToEnd();
    }
    for (const batch of placed) this.#cutRooms(batch);
  }

  /** Gives the subscribers of a batch that are in several rooms all earlier frames of these rooms. */
  #cutRooms({ subscribers }: Batch): void {
    for (const subscriber of subscribers) {
      if (subscriber.subscriptions.length < 2) continue;
      this.#markException(subscriber);
      cutAll(subscriber);
    }
  }

  /**
   * Sends a frame that answers the subscriber's own request, in order with its other frames.
   *
   * @param self name of the user.
   */
  send(subscriber: Subscriber, frame: ServerFrame, self: string): void {
    const bytes = subscriber.format.encode(frame, self);
    // A whisper to oneself is not in the response to a labeled command of IRC: only its echo is.
    if (frame.type === "whisper") this.#append(subscriber, bytes);
    else this.direct(subscriber, bytes);
  }

  /** Like {@link send}, for frames that other clients cause: they do not count as answers, and are
   * dropped for a subscriber that is behind, see {@link isKept}. */
  notify(subscriber: Subscriber, frame: ServerFrame, self: string): boolean {
    if (isKept(frame, subscriber.format) ? subscriber.isHalfFull : subscriber.isBehind) {
      this.counts.droppedNotices++;
      const named = "room" in frame && typeof frame.room === "string" ? frame.room : undefined;
      const room = named ?? subscriber.subscriptions[0]?.batch.room;
      if (room !== undefined) subscriber.outbox.skipNotice(room);
      return false;
    }
    this.direct(subscriber, subscriber.format.encode(frame, self), 0);
    return true;
  }

  /** Like {@link send}, for the frames of a transfer of a file, whose window bounds them: they do not
   * count as answers, and are never dropped. */
  relay(subscriber: Subscriber, frame: ServerFrame): void {
    this.direct(subscriber, subscriber.format.encode(frame), 0);
  }

  /**
   * Like {@link send}, for bytes that are not a frame.
   *
   * @param answerBytes number of them that answer the subscriber's own requests.
   */
  direct(subscriber: Subscriber, bytes: ByteString, answerBytes = bytes.length): void {
    if (bytes === "") return;
    const { changeAnswer } = subscriber;
    if (changeAnswer !== undefined && answerBytes > 0) {
      return this.#append(subscriber, changeAnswer(bytes));
    }
    this.#append(subscriber, bytes, answerBytes);
  }

  #append(subscriber: Subscriber, bytes: ByteString, answerBytes = bytes.length): void {
    if (bytes === "") return;
    this.#markException(subscriber);
    this.#request();
    cutAll(subscriber);
    subscriber.directBytes += bytes.length;
    subscriber.answerBytes += answerBytes;
    const pieces = subscriber.pieces;
    const last = pieces.at(-1);
    if (typeof last === "string") pieces[pieces.length - 1] = last + bytes;
    else pieces.push(bytes);
  }

  /** Ends a subscriber's connection after all earlier frames. */
  end(subscriber: Subscriber): void {
    subscriber.isEnding = true;
    this.#markException(subscriber);
    this.#request();
  }

  /** Writes all output since the last flush. @param now monotonic milliseconds. */
  flush(now: number): void {
    this.#isRequested = false;
    if (this.#dirty.length === 0 && this.#exceptions.length === 0) return;
    const dirty = this.#takeDue(now);
    const exceptions = this.#takeExceptions();
    if (dirty.length > 1) share(dirty);
    this.#isFull = false;
    const failures: WriteFailure[] = [];
    for (const batch of dirty) this.#encode(batch);
    for (const subscriber of exceptions) this.#writeException(subscriber, now, failures);
    for (const batch of dirty) writeBatch(batch, now, this.counts, failures);
    for (const subscriber of exceptions) {
      subscriber.discard();
      let hasHeld = false;
      for (const subscription of subscriber.subscriptions) {
        if (subscription.batch.isHeld) hasHeld = true;
        else subscription.reset();
      }
      if (hasHeld) {
        // The pieces of these batches are written: the rest follows with that of the others.
        this.#exceptions.push(subscriber);
        continue;
      }
      subscriber.isException = false;
      if (subscriber.isEnding) subscriber.outbox.end();
    }
    for (const batch of dirty) batch.reset();
    for (const batch of this.#dirty) {
      batch.isHeld = false;
      batch.encoded = undefined;
    }
    // The others receive `left` in a new batch, since these are written.
    for (const { subscriber, error } of failures) subscriber.fail(error);
  }

  /** Takes the batches of this flush; the others are held. */
  #takeDue(now: number): Batch[] {
    const dirty = this.#dirty;
    this.#dirty = [];
    if (this.pacer === undefined) return dirty;
    const { due, held } = this.pacer.share(dirty, now);
    this.#dirty = held;
    if (this.pacer.hasDue) this.#request();
    return due;
  }

  /** Takes the exceptions of this flush; those with pieces of held batches only stay. */
  #takeExceptions(): Subscriber[] {
    const exceptions = this.#exceptions;
    this.#exceptions = [];
    if (this.#dirty.length === 0) return exceptions;
    return exceptions.filter((subscriber) => {
      if (mustBeWritten(subscriber)) return true;
      this.#exceptions.push(subscriber);
      return false;
    });
  }

  #writeException(subscriber: Subscriber, now: number, failures: WriteFailure[]): void {
    try {
      cutAll(subscriber);
      for (const piece of subscriber.pieces) {
        if (typeof piece !== "string" && piece.batch.encoded === undefined) {
          this.#encode(piece.batch);
        }
      }
      writePieces(subscriber, now, this.counts);
    } catch (error) {
      failures.push({ subscriber, error });
    }
  }

  /** Makes the buffer of a batch. After an error, which is reported, all subscribers miss it. */
  #encode(batch: Batch): void {
    try {
      batch.encoded = batch.format.toBuffer(batch.bytes);
    } catch (error) {
      batch.encoded = Buffer.alloc(0);
      this.onError(error);
    }
  }

  #leaveOut(subscriber: Subscriber, audience: Audience): void {
    const subscription = subscriber.subscriptionTo(audience);
    if (subscription === undefined) return;
    this.#markException(subscriber);
    cut(subscriber, subscription);
  }

  #markDirty(batch: Batch): void {
    this.#request();
    this.#dirty.push(batch);
  }

  #markException(subscriber: Subscriber): void {
    if (subscriber.isException) return;
    this.#request();
    subscriber.isException = true;
    this.#exceptions.push(subscriber);
  }

  #request(): void {
    if (this.#isRequested) return;
    this.#isRequested = true;
    this.requestFlush();
  }
}

/** Whether a subscriber has output that does not wait for its rooms. */
function mustBeWritten({ pieces, subscriptions, isEnding }: Subscriber): boolean {
  return isEnding || !subscriptions.some(({ batch }) => batch.isHeld) ||
    subscriptions.some(({ batch }) => !batch.isHeld && batch.bytes !== "") ||
    pieces.some((piece) => typeof piece === "string" || !piece.batch.isHeld);
}

/** Adds the new parts of all batches to the subscriber's own pieces. */
function cutAll(subscriber: Subscriber): void {
  for (const subscription of subscriber.subscriptions) cut(subscriber, subscription);
}

/** Adds the new part of a batch to the subscriber's own pieces. */
function cut(subscriber: Subscriber, subscription: Subscription): void {
  const { batch, start, messagesStart } = subscription;
  const { bytes: { length }, messages } = batch;
  if (length === start) return;
  const { pieces } = subscriber;
  const last = pieces.at(-1);
  if (typeof last === "object" && last.batch === batch && last.to === start) {
    pieces[pieces.length - 1] = { ...last, to: length, messagesTo: messages };
  } else {
    pieces.push({
      batch,
      from: start,
      to: length,
      messagesFrom: messagesStart,
      messagesTo: messages,
    });
  }
  subscription.skipToEnd();
}

/** Gives subscribers who get several of the batches whole all of them in one write. */
function share(batches: readonly Batch[]): void {
  for (const batch of batches) {
    let first: SharedBatches | undefined;
    for (const subscriber of batch.subscribers) {
      if (subscriber.isException || subscriber.subscriptions.length < 2) continue;
      const { shared } = subscriber;
      subscriber.shared = shared === undefined
        ? first ??= new SharedBatches(batch)
        : shared.with(batch);
    }
  }
}
