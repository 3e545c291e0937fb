import type { ClientFrame } from "../../protocol/mod.ts";
import type { Endpoint, Transport, TransportListener } from "../core/transport.ts";
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
  /** Where files are posted in rooms; absent on a server that keeps none. */
  readonly fileStore?: FileStore | undefined;
  /** The rooms of the client. */
  readonly joinedRooms?: readonly string[];
}

/** A server that keeps files, and the session of the user there. */
export interface FileStore {
  /** The server. */
  readonly endpoint: Endpoint;
  /** The path of its page, with a slash at the end. */
  readonly path: string;
  /** The header `Authorization`, for a web server in front of the chat. */
  readonly authorization?: string | undefined;
  /** The token of the session. */
  readonly token: string;
  /** Maximum size of a file, in bytes. */
  readonly maxBytes: number;
  /** Opens another connection to the server. */
  open(listener: TransportListener): Transport;
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
