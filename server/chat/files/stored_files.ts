import type { FileHandle } from "node:fs/promises";
import {
  type MessageFrame,
  type ProtocolError,
  protocolError,
  sizeText,
  type StoredFile,
  storedFileName,
  storedFilePath,
  storedFileText,
  typeOfContent,
} from "../../../protocol/mod.ts";
import { addressKey } from "../../addresses/network_address.ts";
import type { Log } from "../../observability/log.ts";
import type { Metrics } from "../../observability/metrics.ts";
import type { Result } from "../../result.ts";
import type { Clock } from "../../scheduling/clock.ts";
import { KeyedBuckets } from "../../scheduling/keyed_buckets.ts";
import type { Rate } from "../../scheduling/token_bucket.ts";
import { FileFolder, type PartialFile } from "../../storage/file_folder.ts";
import { type FileIndex, largestIn } from "../../storage/file_index.ts";
import type { Store } from "../../storage/store.ts";
import type { Hub } from "../hub.ts";
import type { Member } from "../member.ts";
import type { Moderation } from "../moderation.ts";
import type { Resumption } from "../resumption.ts";
import type { Room } from "../room.ts";

/** Files that one address may post: an album at once, then one every two seconds. */
const POST_RATE: Rate = { burst: 60, perSecond: 0.5 };

export interface StoredFileRules {
  /** The data folder. */
  readonly data: string | null;
  /** Maximum space of all files on the disk, in bytes; `null` stores none. */
  readonly storeFilesBytes: number | null;
  readonly maxFileBytes: number;
  readonly sync: "normal" | "full";
  /** `null` for no limit of rates. */
  readonly rate: Rate | null;
}

/** The parts of the chat that files of rooms need. */
export interface StoredFileParts {
  readonly hub: Hub;
  readonly resumption: Pick<Resumption, "memberOf">;
  readonly moderation: Pick<Moderation, "silence" | "banError">;
  readonly store: Pick<Store, "files" | "commit">;
  readonly clock: Clock;
  readonly log: Pick<Log, "debug" | "error">;
  readonly metrics: Metrics;
}

/** A file that a client wants to post. */
export interface UploadRequest {
  /** The token of the session of its sender, or a script that is in no room. */
  readonly sender: string | Member;
  /** Why a script that was authorized may not go on: checked when its file is complete. */
  readonly check?: () => ProtocolError | undefined;
  readonly room: string;
  readonly name: string;
  /** The announced bytes; `undefined` if their number is known at the end. */
  readonly size: number | undefined;
  /** The expected SHA-256 in hexadecimal, if the client has sent it. */
  readonly hash?: string | undefined;
  /** IP address of the client. */
  readonly address: string;
}

/**
 * Files that members post in rooms, and that the server keeps.
 *
 * 1. A request is checked before its first byte is read: the sender, the room, the name and the size.
 * 2. The content is written beside the others, under a name of its own. Only once it is complete and on the
 *    disk the message follows, in one turn with the row of the file: a message never has a file that the
 *    server does not have.
 * 3. Past the quota the oldest contents are removed. Uploads under way count only when they are complete,
 *    so that one that is cut displaces nothing.
 * 4. Work on the content of one hash runs in sequence: the same file may be posted twice at once, or
 *    posted while it is removed.
 */
export class StoredFiles {
  #folder: FileFolder | undefined;
  readonly #posts: KeyedBuckets;
  /** The end of the last work on a content, by its hash. */
  readonly #busy = new Map<string, Promise<unknown>>();

  /** @throws {StorageError} when the folder cannot be used. */
  constructor(private readonly parts: StoredFileParts, private readonly rules: StoredFileRules) {
    this.#posts = new KeyedBuckets(POST_RATE);
    this.open(rules);
  }

  /** Maximum size of a file in bytes; `undefined` if none are stored. */
  get maxBytes(): number | undefined {
    const { storeFilesBytes, maxFileBytes } = this.rules;
    if (storeFilesBytes === null || this.#folder === undefined) return undefined;
    return Math.min(largestIn(storeFilesBytes), maxFileBytes);
  }

  /** Number and space of the stored contents. */
  get usage(): { readonly files: number; readonly bytes: number } {
    const { files } = this.parts.store;
    return { files: files?.size ?? 0, bytes: files?.bytes ?? 0 };
  }

  /** Opens the folder if files are stored. @throws {StorageError} when it cannot be used. */
  open({ data, storeFilesBytes }: Pick<StoredFileRules, "data" | "storeFilesBytes">): void {
    const { files } = this.parts.store;
    if (storeFilesBytes === null || data === null || files === undefined) return;
    this.#folder ??= new FileFolder(data, (hash) => files.has(hash), this.rules.sync);
  }

  /** Checks a request, and begins to store its file. */
  begin(request: UploadRequest): Result<Upload> {
    const { maxBytes } = this;
    if (maxBytes === undefined) return { error: protocolError("no_stored_files") };
    const { resumption, moderation, clock } = this.parts;
    const { address, sender } = request;
    const isScript = typeof sender !== "string";
    const member = isScript ? sender : resumption.memberOf(sender);
    if (member === undefined) return { error: protocolError("no_session") };
    if (member.name === "") return { error: protocolError("nameless") };
    const refusal = moderation.banError(member.name, address) ?? moderation.silence(member);
    if (refusal !== undefined) return { error: refusal };
    const { value: room, error } = this.#roomOf(member, request.room, isScript);
    if (error !== undefined) return { error };
    const name = storedFileName(request.name);
    if (name === undefined) return { error: protocolError("file_name_invalid") };
    if (request.size !== undefined && request.size > maxBytes) {
      return { error: protocolError("file_too_large", sizeText(maxBytes)) };
    }
    const seconds = this.rules.rate === null
      ? 0
      : this.#posts.takeOrWait(addressKey(address), clock.monotonic());
    if (seconds > 0) return { error: protocolError("too_many_uploads", seconds) };
    const partial = this.#folder!.create();
    partial.catch(() => {}); // the first write reports it
    const { hash, check } = request;
    const finish = (size: number, url: string) =>
      this.#finish({ partial, member, check, isScript, room: room.name, name, size, hash, url });
    return { value: new Upload(partial, finish) };
  }

  /** One of the rooms of a member; for a script any room, which is created if it does not exist. */
  #roomOf(member: Member, name: string, isScript: boolean): Result<Room> {
    if (!isScript) return member.memberships.require(name);
    const { rooms } = this.parts.hub;
    const opened = rooms.open(name, member.address);
    // The message keeps it.
    if (opened.value !== undefined) rooms.release(opened.value);
    return opened;
  }

  /**
   * Opens a content to read it.
   *
   * @returns `gone` for one that was removed, `undefined` for one that never was.
   * @throws {StorageError} when the disk cannot be read.
   */
  async read(hash: string): Promise<OpenContent | "gone" | undefined> {
    const { store, log, clock } = this.parts;
    const folder = this.rules.storeFilesBytes === null ? undefined : this.#folder;
    const found = folder === undefined ? undefined : store.files?.find(hash);
    if (typeof found !== "object") return found;
    const content = await folder!.read(hash);
    if (content?.size === found.size) return { ...content, type: found.type };
    await content?.file.close();
    // It may have been removed in this moment.
    if (store.files?.has(hash) !== true) return "gone";
    log.error("a stored file is missing or damaged; it is removed", { hash });
    store.files.lost(hash, clock.now());
    return "gone";
  }

  /** Removes contents past the quota; called every second. */
  tick(): void {
    const { files } = this.parts.store;
    const { storeFilesBytes } = this.rules;
    if (files === undefined || this.#folder === undefined) return;
    if (storeFilesBytes !== null) this.#evict(files, storeFilesBytes);
    for (const hash of files.removed) {
      files.removed.delete(hash);
      void this.#exclusive(hash, () => this.#remove(hash, files));
    }
  }

  /** Waits for the work on contents. */
  async idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy.values());
  }

  #evict(files: FileIndex, maxBytes: number): void {
    const { clock, metrics, log } = this.parts;
    const count = files.evict(maxBytes, clock.now());
    if (count === 0) return;
    metrics.evictedFiles += count;
    log.debug("oldest files removed", { files: count });
  }

  async #remove(hash: string, files: FileIndex): Promise<void> {
    // It may have been posted again meanwhile.
    if (files.has(hash)) return;
    try {
      await this.#folder!.remove(hash);
    } catch (error) {
      // The next start removes it.
      this.parts.log.error((error as Error).message);
    }
  }

  async #finish(upload: FinishedUpload): Promise<Result<MessageFrame>> {
    const partial = await upload.partial;
    const { hash, start } = await partial.finish();
    if (upload.hash !== undefined && upload.hash !== hash) {
      return { error: protocolError("file_hash_wrong") };
    }
    return await this.#exclusive(hash, async () => {
      const files = this.parts.store.files!;
      if (!files.has(hash)) await this.#folder!.keep(partial, hash);
      const posted = this.#post(upload, hash, typeOfContent(start));
      // Otherwise nothing refers to the content.
      if (posted.error !== undefined && !files.has(hash)) files.removed.add(hash);
      return posted;
    });
  }

  /** Posts the message of a complete file, unless its sender has left, was banned or muted, or has lost its
   * token or account meanwhile. */
  #post(upload: FinishedUpload, hash: string, type: string): Result<MessageFrame> {
    const { member, check, isScript, name, size, url } = upload;
    const { hub, moderation, store, metrics } = this.parts;
    if (!isScript && !hub.members.has(member)) return { error: protocolError("no_session") };
    const refusal = moderation.banError(member.name, member.address) ??
      moderation.silence(member) ??
      check?.();
    if (refusal !== undefined) return { error: refusal };
    const { maxBytes } = this;
    if (maxBytes === undefined) return { error: protocolError("no_stored_files") };
    const { value: room, error } = isScript
      ? hub.rooms.open(upload.room, member.address)
      : member.memberships.require(upload.room);
    if (error !== undefined) return { error };
    const path = storedFilePath({ hash, name });
    const file: StoredFile = { name, size, type, hash, url: url + path };
    const message = hub.sendFile(member, room, storedFileText(file), file);
    const { time } = message;
    store.files!.add({ hash, room: room.key, name, size, type, time, owner: member.name });
    metrics.storedBytes += size;
    if (isScript) hub.rooms.release(room);
    this.tick();
    store.commit();
    return { value: message };
  }

  #exclusive<Value>(hash: string, work: () => Promise<Value>): Promise<Value> {
    const before = this.#busy.get(hash) ?? Promise.resolve();
    const done = before.then(work);
    const settled = done.then(() => {}, () => {}).then(() => {
      if (this.#busy.get(hash) === settled) this.#busy.delete(hash);
    });
    this.#busy.set(hash, settled);
    return done;
  }
}

/** A content that is open for reading; the caller closes it. */
export interface OpenContent {
  readonly file: FileHandle;
  readonly size: number;
  readonly type: string;
}

interface FinishedUpload {
  readonly partial: Promise<PartialFile>;
  readonly member: Member;
  readonly check: UploadRequest["check"];
  /** Whether the member is a script that is in no room. */
  readonly isScript: boolean;
  readonly room: string;
  readonly name: string;
  readonly size: number;
  /** The expected one. */
  readonly hash: string | undefined;
  /** The address of the server, without a slash at its end. */
  readonly url: string;
}

/** A file that is being received. */
export class Upload {
  #size = 0;

  constructor(
    private readonly partial: Promise<PartialFile>,
    private readonly post: (size: number, url: string) => Promise<Result<MessageFrame>>,
  ) {}

  /**
   * Appends bytes, up to the announced size or the maximum of a file, one call after the other.
   *
   * @throws the error of the disk.
   */
  async write(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.length;
    await (await this.partial).write(bytes);
  }

  /**
   * Posts the complete file.
   *
   * @param url the address of the server, without a slash at its end.
   * @returns the message.
   * @throws the error of the disk.
   */
  async finish(url: string): Promise<Result<MessageFrame>> {
    try {
      return await this.post(this.#size, url);
    } finally {
      await this.discard();
    }
  }

  /** Removes what was received, unless it was posted. */
  async discard(): Promise<void> {
    const partial = await this.partial.catch(() => undefined);
    await partial?.discard();
  }
}
