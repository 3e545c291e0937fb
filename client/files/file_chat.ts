import type { ClientFrame } from "../../protocol/mod.ts";
import type { FrameWatcher } from "../chat_requests.ts";

/** What sending and receiving files need of a chat. */
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

/** How far a file is. */
export interface FileProgress {
  /** Who it is sent to; for a file that is received, who sends it. */
  readonly name: string;
  /** Bytes that have arrived. */
  readonly bytes: number;
  /** All bytes of it. */
  readonly size: number;
}
