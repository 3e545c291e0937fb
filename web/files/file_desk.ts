import type { ErrorCode } from "../../protocol/errors.ts";
import type { ClientFrame, FileFrame, OfferedFrame } from "../../protocol/frames.ts";
import { sizeText } from "../../protocol/sizes.ts";
import { Download } from "./download.ts";
import { type FileItem, shownName } from "./file_item.ts";
import type { Transfer } from "./transfer.ts";
import { type FileSource, Upload } from "./upload.ts";

/** What a desk takes from its surroundings. */
export interface FileDeskHost {
  send(frame: ClientFrame): void;
  newId(): string;
  /** Somebody offers a file; where that is to be told, the host knows. */
  offered(text: string, offer: OfferedFrame): void;
  /** A file is there: it is to be saved. */
  save(name: string, content: Blob): void;
  /** Something has changed at a time of its own. */
  changed(): void;
  /** A file is further on its way. */
  progressed(): void;
}

/**
 * The files that are offered, on their way, or have arrived, in both directions.
 *
 * 1. An offer to one person becomes the transfer to them. One to a room stays, and each who accepts is
 *    a line of their own.
 * 2. Offers and transfers end with the connection.
 */
export class FileDesk {
  #items: FileItem[] = [];
  readonly #transfers = new Map<number, { readonly key: string; readonly transfer: Transfer }>();
  /** Keys of what the server was asked for, by the `id` of the question. */
  readonly #asked = new Map<string, { readonly key: string; readonly kind: "offer" | "accept" }>();
  #count = 0;

  constructor(private readonly host: FileDeskHost) {}

  /** All lines, the oldest first. */
  get items(): readonly FileItem[] {
    return this.#items;
  }

  /** Whether something would end with the page. */
  get isBusy(): boolean {
    return this.#transfers.size > 0;
  }

  /** Offers a file. @param to name of a person, or of the room with `#` before it. */
  offer(to: string, source: FileSource): void {
    const id = this.host.newId();
    const key = this.#add({
      direction: "out",
      name: shownName(source.name),
      size: source.size,
      who: to,
      isRoom: to.startsWith("#"),
      state: "asked",
      source,
    });
    this.#asked.set(id, { key, kind: "offer" });
    this.host.send({ type: "offer", to, name: shownName(source.name), size: source.size, id });
  }

  accept({ key, file }: FileItem): void {
    if (file === undefined) return;
    const id = this.host.newId();
    this.#asked.set(id, { key, kind: "accept" });
    this.#change(key, { state: "asked", reason: "" });
    this.host.send({ type: "accept", file, id });
  }

  /** Does not want it, takes an offer back, or ends what is under way; removes what has ended. */
  end({ key, state, direction, file }: FileItem): void {
    if (state === "running") {
      return [...this.#transfers.values()].find((each) => each.key === key)?.transfer.cancel();
    }
    this.#items = this.#items.filter((item) => item.key !== key);
    if (state !== "offered" || file === undefined) return;
    this.host.send(direction === "in" ? { type: "refuse", file } : { type: "withdraw", file });
  }

  /** The server has taken a question. @returns whether it was one about files. */
  acknowledged(id: string, file: number | undefined): boolean {
    const asked = this.#asked.get(id);
    if (asked === undefined) return false;
    this.#asked.delete(id);
    if (asked.kind === "offer" && file !== undefined) {
      this.#change(asked.key, { state: "offered", file });
    }
    return true;
  }

  /** The server has refused a question. @returns whether it was one about files. */
  refused(id: string, code: ErrorCode, reason: string): boolean {
    const asked = this.#asked.get(id);
    if (asked === undefined) return false;
    this.#asked.delete(id);
    // Too many files at the moment: the offer still stands.
    const isStanding = asked.kind === "accept" && code !== "no_such_file";
    this.#change(asked.key, { state: isStanding ? "offered" : "failed", reason });
    return true;
  }

  /** Takes what the server says about files. */
  received(frame: FileFrame): void {
    switch (frame.type) {
      case "offered":
        return this.#offered(frame);
      case "accepted":
        return this.#accepted(frame.file, frame.transfer, frame.by);
      case "refused":
        return this.#refused(frame.file, frame.by);
      case "withdrawn":
        return this.#close(
          frame.file,
          frame.reason === "expired"
            ? "Nobody has answered in time."
            : "It is not offered any more.",
        );
      default: {
        const { transfer } = this.#transfers.get(frame.transfer) ?? {};
        transfer?.received(frame);
      }
    }
  }

  /** Nothing that was under way comes back. */
  connectionEnded(): void {
    for (const { transfer } of this.#transfers.values()) transfer.connectionEnded();
    this.#transfers.clear();
    this.#asked.clear();
    for (const { key, state } of this.#items) {
      if (state === "done" || state === "failed") continue;
      this.#change(key, { state: "failed", reason: "The connection broke." });
    }
  }

  #offered(offer: OfferedFrame): void {
    const name = shownName(offer.name);
    const { from, size, file, room } = offer;
    const isRoom = room === true;
    this.#add({ direction: "in", name, size, who: from, isRoom, state: "offered", file });
    this.host.offered(`${from} offers a file: ${name} (${sizeText(size)}).`, offer);
  }

  #accepted(file: number, transfer: number, by: string): void {
    const item = this.#openItem(file);
    if (item?.direction === "in") this.#download(item, transfer);
    else if (item?.source !== undefined) this.#upload(item, item.source, transfer, by);
  }

  #download({ key, size, name }: FileItem, number: number): void {
    this.#change(key, { state: "running" });
    const transfer = new Download(size, number, {
      ...this.#transferHost(key, number),
      completed: (content) => {
        this.#settle(key, number, { state: "done", bytes: size, content });
        this.host.save(name, content);
      },
    });
    this.#transfers.set(number, { key, transfer });
  }

  #upload(item: FileItem, source: FileSource, number: number, by: string): void {
    const { direction, name, size, isRoom } = item;
    const key = isRoom
      ? this.#add({ direction, name, size, who: by, isRoom: false, state: "running" })
      : item.key;
    if (!isRoom) this.#change(key, { state: "running", who: by });
    const transfer = new Upload(source, number, {
      ...this.#transferHost(key, number),
      completed: () => this.#settle(key, number, { state: "done", bytes: size }),
    });
    this.#transfers.set(number, { key, transfer });
    void transfer.start();
  }

  #transferHost(key: string, number: number) {
    return {
      send: (frame: ClientFrame) => this.host.send(frame),
      progressed: (bytes: number) => {
        this.#set(key, { bytes });
        this.host.progressed();
      },
      failed: (reason: string) => this.#settle(key, number, { state: "failed", reason }),
    };
  }

  #settle(key: string, number: number, changes: Partial<FileItem>): void {
    this.#transfers.delete(number);
    this.#change(key, changes);
  }

  /** Of an offer to the room it is told, and it stands for the others. */
  #refused(file: number, by: string): void {
    const item = this.#openItem(file);
    if (item?.isRoom !== true) return this.#close(file, `${by} does not want it.`);
    const others = item.reason === undefined ? "not wanted by " : `${item.reason}, `;
    this.#change(item.key, { reason: others + by });
  }

  /** An offer stands no more. What is under way of it goes on. */
  #close(file: number, reason: string): void {
    const item = this.#openItem(file);
    if (item !== undefined) this.#change(item.key, { state: "failed", reason });
  }

  #openItem(file: number): FileItem | undefined {
    return this.#items.find((each) => each.file === file && isOpen(each));
  }

  #add(item: Omit<FileItem, "key" | "bytes">): string {
    const key = `file ${++this.#count}`;
    this.#items = [...this.#items, { ...item, key, bytes: 0 }];
    this.host.changed();
    return key;
  }

  #change(key: string, changes: Partial<FileItem>): void {
    this.#set(key, changes);
    this.host.changed();
  }

  #set(key: string, changes: Partial<FileItem>): void {
    this.#items = this.#items.map((item) => item.key === key ? { ...item, ...changes } : item);
  }
}

function isOpen({ state }: FileItem): boolean {
  return state === "offered" || state === "asked";
}
