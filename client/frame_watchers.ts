import type { FileFrame } from "../protocol/mod.ts";
import type { ConnectionError } from "./core/connection_errors.ts";

/** Hears what the server says as it comes in. */
export interface FrameWatcher {
  /** Called for each frame of a file, before it is among the events, if it is one. */
  received(frame: FileFrame): void;
  /** The connection is over. */
  closed(error: ConnectionError): void;
}

/** All that hear. */
export class FrameWatchers implements FrameWatcher {
  readonly #watchers = new Set<FrameWatcher>();

  /** @returns what ends it. */
  add(watcher: FrameWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  received(frame: FileFrame): void {
    for (const watcher of this.#watchers) watcher.received(frame);
  }

  closed(error: ConnectionError): void {
    for (const watcher of this.#watchers) watcher.closed(error);
  }
}
