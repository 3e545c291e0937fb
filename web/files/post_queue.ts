import type { FileSource } from "./file_content.ts";

/** A file for a room of a server that keeps files. */
export interface PostedFile {
  readonly room: string;
  /** Of the session of the user. */
  readonly token: string;
  readonly source: FileSource;
}

/** A file that is being sent to a server that keeps it. */
export interface Post {
  /** Ends it, without a call of the listener. */
  stop(): void;
}

export interface PostListener {
  progressed(bytes: number): void;
  done(): void;
  /** @param code that of the server, if it has refused the file. */
  failed(reason: string, code?: string): void;
}

interface WaitingPost {
  readonly start: () => Post;
  /** Once it is being sent. */
  post: Post | undefined;
}

/** Posts one file after the other, so that their messages are in the order in which they were chosen. */
export class PostQueue {
  /** By a key of the caller: the first one is being sent. */
  readonly #posts = new Map<string, WaitingPost>();

  get size(): number {
    return this.#posts.size;
  }

  has(key: string): boolean {
    return this.#posts.has(key);
  }

  /** @param start begins to send the file. Its end is reported with {@link ended}. */
  add(key: string, start: () => Post): void {
    this.#posts.set(key, { start, post: undefined });
    this.#startFirst();
  }

  /** A file was sent or has failed: the next one follows. */
  ended(key: string): void {
    this.#posts.delete(key);
    this.#startFirst();
  }

  /** Stops a file, or removes one that waits. */
  stop(key: string): void {
    this.#posts.get(key)?.post?.stop();
    this.ended(key);
  }

  /** Stops the file that is being sent, and removes all others. */
  clear(): void {
    for (const { post } of this.#posts.values()) post?.stop();
    this.#posts.clear();
  }

  #startFirst(): void {
    const [first] = this.#posts.values();
    if (first !== undefined) first.post ??= first.start();
  }
}
