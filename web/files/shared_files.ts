import { Download } from "../../client/core/download.ts";
import type { Transfer, TransferFailure, TransferHost } from "../../client/core/transfer.ts";
import { Upload } from "../../client/core/upload.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import type { FileFrame, OfferedFrame } from "../../protocol/file_frames.ts";
import type { ClientFrame } from "../../protocol/frames.ts";
import { isSameName } from "../../protocol/names.ts";
import { BlobWriter, type FileSource, ReadAhead, sha256Hash } from "./file_content.ts";
import {
  type FileItem,
  type FilePlace,
  NO_RECEIVERS,
  type ReceiverCounts,
  shownName,
} from "./file_item.ts";
import { type Post, type PostListener, PostQueue } from "./post_queue.ts";

export interface SharedFilesHost {
  send(frame: ClientFrame): void;
  newId(): string;
  /** Calls `run` after a delay. */
  schedule(run: () => void, milliseconds: number): void;
  /** Sends a file to a server that keeps it, for a room. */
  post(room: string, source: FileSource, listener: PostListener): Post;
  /** Shows a new file in its conversation. */
  added(item: FileItem): void;
  /** Shows a changed file. */
  updated(item: FileItem): void;
  /** A file is posted: the message of the server has it. */
  posted(item: FileItem): void;
  /** Saves a received file. */
  save(name: string, content: Blob): void;
  /** Called after a change outside of a call. */
  changed(): void;
  /** More bytes of a file were sent or received. */
  progressed(): void;
}

interface Running {
  readonly key: string;
  readonly transfer: Transfer;
  bytes: number;
  /** Whether the user has cancelled it: the failure is not reported. */
  isStopped: boolean;
}

/** Time for which the user can save a received file again. */
const SAVED_MILLISECONDS = 60_000;

/**
 * The offered, transferred and received files, in both directions.
 *
 * 1. An offer to a user becomes a transfer. An offer to a room is one line for all its receivers, and
 *    stays open until it is withdrawn and the last transfer has ended.
 * 2. Offers and transfers end with the connection; a file that is posted uses another one.
 * 3. Each file has a line in its conversation, which stays there.
 */
export class SharedFiles {
  #items: FileItem[] = [];
  readonly #transfers = new Map<number, Running>();
  /** The files to post, by the key of their line. */
  readonly #posts = new PostQueue();
  /** The lines with a pending request, by the `id` of the request. */
  readonly #asked = new Map<string, { readonly key: string; readonly kind: "offer" | "accept" }>();
  #count = 0;

  constructor(private readonly host: SharedFilesHost) {}

  /** The files that have not ended, and those that can be saved again; oldest first. */
  get items(): readonly FileItem[] {
    return this.#items;
  }

  /** Whether a transfer would end with the page. */
  get isBusy(): boolean {
    return this.#transfers.size > 0 || this.#posts.size > 0;
  }

  /** Posts a file in a room of a server that keeps files; a server that does not any more is asked to offer
   * it. */
  post(room: string, source: FileSource): void {
    const name = shownName(source.name);
    const { size } = source;
    const place = { kind: "room", name: room } as const;
    const line = { direction: "out", name, size, place, who: `#${room}`, source } as const;
    const key = this.#add({ ...line, state: "running", isPosted: true });
    const listener: PostListener = {
      progressed: (bytes) => {
        this.#change(key, { bytes }, false);
        this.host.progressed();
      },
      done: () => this.#posted(key),
      failed: (reason, code) => {
        if (code === "no_stored_files") {
          this.#posted(key);
          return this.offer(place, source);
        }
        this.#finish(key, "failed", { reason });
        this.#posts.ended(key);
      },
    };
    this.#posts.add(key, () => this.host.post(room, source, listener));
  }

  offer(place: FilePlace, source: FileSource): void {
    const id = this.host.newId();
    const isRoom = place.kind === "room";
    const to = isRoom ? `#${place.name}` : place.name;
    const name = shownName(source.name);
    const { size } = source;
    const receivers = isRoom ? { receivers: NO_RECEIVERS } : undefined;
    const line = { direction: "out", name, size, place, who: to, state: "asked", source } as const;
    const key = this.#add({ ...line, ...receivers });
    this.#asked.set(id, { key, kind: "offer" });
    this.host.send({ type: "offer", to, name, size, id });
  }

  accept({ key, file }: FileItem): void {
    if (file === undefined) return;
    const id = this.host.newId();
    this.#asked.set(id, { key, kind: "accept" });
    this.#change(key, { state: "asked", reason: "" });
    this.host.send({ type: "accept", file, id });
  }

  /** Refuses or withdraws an offer, or stops its transfers. */
  end({ key, state, direction, file, receivers }: FileItem): void {
    if (this.#posts.has(key)) {
      this.#finish(key, "ended", { reason: STOPPED });
      return this.#posts.stop(key);
    }
    if (state === "running") {
      for (const running of [...this.#transfers.values()]) {
        if (running.key !== key) continue;
        running.isStopped = true;
        running.transfer.cancel();
      }
      return;
    }
    if (state !== "offered") return;
    // Active transfers continue to their end.
    if (receivers !== undefined && receivers.running > 0) this.#change(key, { state: "running" });
    else if (receivers !== undefined && receivers.done > 0) this.#finish(key, "done", {});
    else {
      this.#finish(key, "ended", {
        reason: direction === "in" ? "You refused it." : "You took it back.",
      });
    }
    if (file === undefined) return;
    this.host.send(direction === "in" ? { type: "refuse", file } : { type: "withdraw", file });
  }

  /** The server has accepted a request. @returns whether it was one about files. */
  acknowledged(id: string, file: number | undefined): boolean {
    const asked = this.#asked.get(id);
    if (asked === undefined) return false;
    this.#asked.delete(id);
    if (asked.kind === "offer" && file !== undefined) {
      this.#change(asked.key, { state: "offered", file });
    }
    return true;
  }

  /** The server has refused a request. @returns whether it was one about files. */
  refused(id: string, code: ErrorCode, reason: string): boolean {
    const asked = this.#asked.get(id);
    if (asked === undefined) return false;
    this.#asked.delete(id);
    // Too many files at the moment: the offer is still open.
    const isStanding = asked.kind === "accept" && code !== "no_such_file";
    if (isStanding) this.#change(asked.key, { state: "offered", reason });
    else this.#finish(asked.key, "failed", { reason });
    return true;
  }

  /** Handles a frame about files. */
  received(frame: FileFrame): void {
    switch (frame.type) {
      case "offered":
        return this.#offered(frame);
      case "accepted":
        return this.#accepted(frame.file, frame.transfer, frame.by);
      case "refused":
        return this.#declined(frame.file, frame.by);
      case "withdrawn":
        return this.#withdrawn(frame.file, frame.reason === "expired");
      default: {
        const { transfer } = this.#transfers.get(frame.transfer) ?? {};
        transfer?.received(frame);
      }
    }
  }

  /** Moves the files of a renamed user to their conversation under the new name. */
  renamePerson(from: string, to: string): void {
    for (const { key, place } of this.#items) {
      if (place.kind !== "person" || !isSameName(place.name, from)) continue;
      this.#change(key, { place: { kind: "person", name: to }, who: to });
    }
  }

  /** Ends all offers and transfers. */
  connectionEnded(): void {
    const running = [...this.#transfers.values()];
    // The loop below ends each line once.
    this.#transfers.clear();
    for (const { transfer } of running) transfer.disconnected();
    this.#asked.clear();
    for (const { key, state, isPosted } of this.#items) {
      if (hasEnded(state) || isPosted === true) continue;
      this.#finish(key, "failed", { reason: "The connection broke." });
    }
  }

  /** Drops all lines: another user logs in on this page. */
  clear(): void {
    this.connectionEnded();
    this.#posts.clear();
    this.#items = [];
  }

  #offered(offer: OfferedFrame): void {
    const name = shownName(offer.name);
    const { from, to, size, file, room } = offer;
    const place: FilePlace = room === true
      ? { kind: "room", name: to }
      : { kind: "person", name: from };
    this.#add({ direction: "in", name, size, place, who: from, state: "offered", file });
  }

  #accepted(file: number, number: number, by: string): void {
    const item = this.#openItem(file);
    if (item === undefined) return;
    const { key, receivers, name, size, source } = item;
    if (item.direction === "in") {
      this.#change(key, { state: "running" });
      const writer = new BlobWriter();
      const host = this.#transferHost(key, number, () => {
        const { content } = writer;
        this.#settle(key, number, "done", { content });
        this.host.save(name, content);
      });
      this.#run(key, number, new Download(size, number, writer, host));
    } else if (source !== undefined) {
      if (receivers === undefined) this.#change(key, { state: "running", who: by });
      else this.#change(key, { receivers: { ...receivers, running: receivers.running + 1 } });
      const host = this.#transferHost(key, number, () => this.#settle(key, number, "done", {}));
      const upload = new Upload(new ReadAhead(source), number, host);
      this.#run(key, number, upload);
      void upload.start();
    }
  }

  #run(key: string, number: number, transfer: Transfer): void {
    this.#transfers.set(number, { key, transfer, bytes: 0, isStopped: false });
  }

  #transferHost(key: string, number: number, completed: () => void): TransferHost {
    return {
      hash: sha256Hash(),
      send: (frame) => this.host.send(frame),
      completed,
      progressed: (bytes) => {
        const running = this.#transfers.get(number);
        if (running === undefined) return;
        running.bytes = bytes;
        this.#change(key, { bytes: this.#averageOf(key) }, false);
        this.host.progressed();
      },
      failed: (failure) => this.#settle(key, number, "failed", { reason: reasonOf(failure) }),
    };
  }

  #averageOf(key: string): number {
    const all = [...this.#transfers.values()].filter((running) => running.key === key);
    return all.reduce((sum, { bytes }) => sum + bytes, 0) / all.length;
  }

  /** Ends a transfer, and its line unless the same file is still sent to other receivers. */
  #settle(
    key: string,
    number: number,
    end: "done" | "failed",
    changes: Partial<FileItem>,
  ): void {
    const { isStopped } = this.#transfers.get(number) ?? {};
    if (isStopped === undefined) return;
    this.#transfers.delete(number);
    const { receivers, state } = this.#find(key) ?? {};
    if (receivers === undefined) return this.#finish(key, isStopped ? "ended" : end, changes);
    const now = { ...receivers, running: receivers.running - 1, [end]: receivers[end] + 1 };
    this.#change(key, { receivers: now });
    if (state === "running" && now.running === 0) this.#finishOffer(key, now);
  }

  #finishOffer(key: string, { done, failed }: ReceiverCounts, reason?: string): void {
    if (done > 0) return this.#finish(key, "done", {});
    this.#finish(key, "failed", {
      reason: reason ?? (failed > 0 ? "No user has received it." : "No user has accepted it."),
    });
  }

  /** Handles a receiver's refusal of an offer. */
  #declined(file: number, by: string): void {
    const item = this.#openItem(file);
    if (item === undefined) return;
    const { key, receivers } = item;
    if (receivers === undefined) {
      return this.#finish(key, "failed", { reason: `${by} refused it.` });
    }
    this.#change(key, { receivers: { ...receivers, refused: receivers.refused + 1 } });
  }

  /** Ends an offer. Its active transfers continue. */
  #withdrawn(file: number, isExpired: boolean): void {
    const item = this.#openItem(file);
    if (item === undefined) return;
    const { key, receivers } = item;
    const reason = isExpired ? "There was no answer in time." : "It is not offered any more.";
    // A withdrawn offer that the user has not accepted is no error.
    const isQuiet = item.direction === "in" && item.state === "offered";
    if (receivers === undefined) this.#finish(key, isQuiet ? "ended" : "failed", { reason });
    else if (receivers.running > 0) this.#change(key, { state: "running" });
    else this.#finishOffer(key, receivers, reason);
  }

  #finish(key: string, state: "done" | "failed" | "ended", changes: Partial<FileItem>): void {
    this.#change(key, { ...changes, state });
    if (this.#find(key)?.content === undefined) return this.#forget(key);
    this.host.schedule(() => {
      const item = this.#find(key);
      this.#forget(key);
      if (item === undefined) return;
      const { content: _, ...rest } = item;
      this.host.updated(rest);
      this.host.changed();
    }, SAVED_MILLISECONDS);
  }

  #posted(key: string): void {
    const item = this.#find(key);
    this.#forget(key);
    if (item !== undefined) this.host.posted(item);
    this.#posts.ended(key);
    this.host.changed();
  }

  #openItem(file: number): FileItem | undefined {
    return this.#items.find((each) =>
      each.file === file && (each.state === "offered" || each.state === "asked")
    );
  }

  #find(key: string): FileItem | undefined {
    return this.#items.find((item) => item.key === key);
  }

  #add(item: Omit<FileItem, "key" | "bytes">): string {
    const key = `file ${++this.#count}`;
    const added: FileItem = { ...item, key, bytes: 0 };
    this.#items = [...this.#items, added];
    this.host.added(added);
    this.host.changed();
    return key;
  }

  #forget(key: string): void {
    this.#items = this.#items.filter((item) => item.key !== key);
  }

  /** @param isShown whether the page shows it at once: progress has its own rate. */
  #change(key: string, changes: Partial<FileItem>, isShown = true): void {
    const before = this.#find(key);
    if (before === undefined) return;
    const after = { ...before, ...changes };
    this.#items = this.#items.map((item) => item === before ? after : item);
    this.host.updated(after);
    if (isShown) this.host.changed();
  }
}

/** The reason of a transfer that the user has stopped. */
const STOPPED = "You have stopped it.";

function hasEnded(state: FileItem["state"]): boolean {
  return state === "done" || state === "failed" || state === "ended";
}

function reasonOf(failure: TransferFailure): string {
  switch (failure.type) {
    case "cancelled":
      return failure.text;
    case "stopped":
      return STOPPED;
    case "disconnected":
      return "The connection broke.";
    case "unreadable":
      return "It cannot be read, or has changed since you chose it.";
    default:
      return "It did not arrive as it was sent. Ask for it again.";
  }
}
