import type { ClientFrame } from "../../protocol/mod.ts";
import type { FrameWatcher } from "../chat_requests.ts";

/** The part of a chat client that file transfers use. */
export interface FileChat {
  /** Sends a frame without waiting for an answer. */
  post(frame: ClientFrame): void;
  /** Offers a file; resolves with its number, and whether it is for the whole room. */
  offer(to: string, name: string, size: number): Promise<{ file: number; room: boolean }>;
  /** Accepts an offered file. */
  accept(file: number): Promise<void>;
  /** Receives the frames of files. @returns a function that ends it. */
  watch(watcher: FrameWatcher): () => void;
}

/** The progress of a transfer. */
export interface FileProgress {
  /** The receiver of a file that is sent, or the sender of one that is received. */
  readonly name: string;
  /** Number of bytes that have arrived. */
  readonly bytes: number;
  /** In bytes. */
  readonly size: number;
}
