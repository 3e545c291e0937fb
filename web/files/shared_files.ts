import { Download } from "../../client/core/download.ts";
import type { Transfer, TransferFailure, TransferHost } from "../../client/core/transfer.ts";
import { Upload } from "../../client/core/upload.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import type { ClientFrame, FileFrame, OfferedFrame } from "../../protocol/frames.ts";
import { nameKey } from "../../protocol/names.ts";
import { sizeText } from "../../protocol/text.ts";
import { BlobWriter, type FileSource, ReadAhead, sha256Hash } from "./file_content.ts";
import {
  type FileItem,
  type FilePlace,
  NO_RECEIVERS,
  type ReceiverCounts,
  shownName,
} from "./file_item.ts";

export interface SharedFilesHost {
  send(frame: ClientFrame): void;
  newId(): string;
  /** Calls `run` after a delay. */
  schedule(run: () => void, milliseconds: number): void;
  /** A user offers a file: the host shows the text in the conversation of the offer. */
  offered(text: string, offer: OfferedFrame): void;
  /** A file was refused or did not arrive: the host shows the text in the conversation. */
  failed(text: string, place: FilePlace): void;
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

/**
 * Time until an ended line is removed: with a received file, the user can save it again; with a failure,
 * the user can read the reason.
 */
const ENDED_MILLISECONDS = { sent: 10_000, saved: 60_000, failed: 30_000 } as const;

/**
 * The offered, transferred and received files, in both directions.
 *
 * 1. An offer to a user becomes a transfer. An offer to a room is one line for all its receivers, and
 *    stays until it is withdrawn and the last transfer has ended.
 * 2. Offers and transfers end with the connection.
 * 3. Ended lines are removed after a while. A refusal or a failure is also shown in the conversation.
 */
export class SharedFiles {
  #items: FileItem[] = [];
  readonly #transfers = new Map<number, Running>();
  /** The lines with a pending request, by the `id` of the request. */
  readonly #asked = new Map<string, { readonly key: string; readonly kind: "offer" | "accept" }>();
  #count = 0;

  constructor(private readonly host: SharedFilesHost) {}

  /** All lines, oldest first. */
  get items(): readonly FileItem[] {
    return this.#items;
  }

  /** The lines of a conversation, oldest first. */
  itemsOf({ kind, name }: FilePlace): readonly FileItem[] {
    return this.#items.filter(({ place }) =>
      place.kind === kind && nameKey(place.name) === nameKey(name)
    );
  }

  /** Whether a transfer would end with the page. */
  get isBusy(): boolean {
    return this.#transfers.size > 0;
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

  /** Refuses or withdraws an offer, or cancels its transfers; removes an ended line. */
  end({ key, state, direction, file, receivers }: FileItem): void {
    if (state === "running") {
      for (const running of [...this.#transfers.values()]) {
        if (running.key !== key) continue;
        running.isStopped = true;
        running.transfer.cancel();
      }
      return;
    }
    // Active transfers continue to their end.
    if (receivers !== undefined && receivers.running > 0) this.#change(key, { state: "running" });
    else this.#remove(key);
    if (state !== "offered" || file === undefined) return;
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
    this.#items = this.#items.map((item) => {
      const isTheirs = nameKey(item.place.name) === nameKey(from) && item.place.kind === "person";
      return isTheirs ? { ...item, place: { kind: "person", name: to }, who: to } : item;
    });
  }

  /** Ends all offers and transfers. */
  connectionEnded(): void {
    const running = [...this.#transfers.values()];
    // The loop below ends each line once.
    this.#transfers.clear();
    for (const { transfer } of running) transfer.disconnected();
    this.#asked.clear();
    for (const { key, state } of this.#items) {
      if (state === "done" || state === "failed") continue;
      this.#finish(key, "failed", { reason: "The connection broke." });
    }
  }

  /** Drops all lines: another user logs in on this page. */
  clear(): void {
    this.connectionEnded();
    this.#items = [];
  }

  #offered(offer: OfferedFrame): void {
    const name = shownName(offer.name);
    const { from, to, size, file, room } = offer;
    const place: FilePlace = room === true
      ? { kind: "room", name: to }
      : { kind: "person", name: from };
    this.#add({ direction: "in", name, size, place, who: from, state: "offered", file });
    this.host.offered(`${from} offers a file: ${name} (${sizeText(size)}).`, offer);
  }

  #accepted(file: number, number: number, by: string): void {
    const item = this.#openItem(file);
    if (item === undefined) return;
    const { key, receivers, name, size, source } = item;
    if (item.direction === "in") {
      this.#change(key, { state: "running" });
      const writer = new BlobWriter();
      const host = this.#transferHost(key, number, by, () => {
        const { content } = writer;
        this.#settle(key, number, "done", { content });
        this.host.save(name, content);
      });
      this.#run(key, number, new Download(size, number, writer, host));
    } else if (source !== undefined) {
      if (receivers === undefined) this.#change(key, { state: "running", who: by });
      else this.#change(key, { receivers: { ...receivers, running: receivers.running + 1 } });
      const host = this.#transferHost(
        key,
        number,
        by,
        () => this.#settle(key, number, "done", {}),
      );
      const upload = new Upload(new ReadAhead(source), number, host);
      this.#run(key, number, upload);
      void upload.start();
    }
  }

  #run(key: string, number: number, transfer: Transfer): void {
    this.#transfers.set(number, { key, transfer, bytes: 0, isStopped: false });
  }

  #transferHost(key: string, number: number, by: string, completed: () => void): TransferHost {
    return {
      hash: sha256Hash(),
      send: (frame) => this.host.send(frame),
      completed,
      progressed: (bytes) => {
        const running = this.#transfers.get(number);
        if (running === undefined) return;
        running.bytes = bytes;
        this.#set(key, { bytes: this.#averageOf(key) });
        this.host.progressed();
      },
      failed: (failure) => this.#settle(key, number, "failed", { reason: reasonOf(failure) }, by),
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
    by = "",
  ): void {
    const { isStopped } = this.#transfers.get(number) ?? {};
    if (isStopped === undefined) return;
    this.#transfers.delete(number);
    const { receivers, state, name, place } = this.#find(key) ?? {};
    if (receivers === undefined) return this.#finish(key, end, changes, isStopped);
    const now = { ...receivers, running: receivers.running - 1, [end]: receivers[end] + 1 };
    this.#change(key, { receivers: now });
    if (end === "failed" && !isStopped) {
      this.host.failed(`${name} for ${by}: ${changes.reason}`, place!);
    }
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
    // A withdrawn offer that the user has not accepted needs no error in the conversation.
    const isQuiet = item.direction === "in" && item.state === "offered";
    if (receivers === undefined) this.#finish(key, "failed", { reason }, isQuiet);
    else if (receivers.running > 0) this.#change(key, { state: "running" });
    else this.#finishOffer(key, receivers, reason);
  }

  /** @param isQuiet whether a failure is not shown in the conversation. */
  #finish(
    key: string,
    state: "done" | "failed",
    changes: Partial<FileItem>,
    isQuiet = false,
  ): void {
    this.#change(key, { ...changes, state });
    const item = this.#find(key);
    if (item === undefined) return;
    const { name, place, reason, content } = item;
    if (state === "failed" && !isQuiet) this.host.failed(`${name}: ${reason ?? ""}`, place);
    const end = state === "failed" ? "failed" : content === undefined ? "sent" : "saved";
    this.host.schedule(() => this.#remove(key), ENDED_MILLISECONDS[end]);
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
    this.#items = [...this.#items, { ...item, key, bytes: 0 }];
    this.host.changed();
    return key;
  }

  #remove(key: string): void {
    this.#items = this.#items.filter((item) => item.key !== key);
    this.host.changed();
  }

  #change(key: string, changes: Partial<FileItem>): void {
    this.#set(key, changes);
    this.host.changed();
  }

  #set(key: string, changes: Partial<FileItem>): void {
    this.#items = this.#items.map((item) => item.key === key ? { ...item, ...changes } : item);
  }
}

function reasonOf(failure: TransferFailure): string {
  switch (failure.type) {
    case "cancelled":
      return failure.text;
    case "stopped":
      return "You have stopped it.";
    case "disconnected":
      return "The connection broke.";
    case "unreadable":
      return "It cannot be read, or has changed since you chose it.";
    default:
      return "It did not arrive as it was sent. Ask for it again.";
  }
}
