import type { ContentHash, TransferFailure, TransferHost } from "../../../client/core/transfer.ts";
import type { ClientFrame } from "../../../protocol/mod.ts";

/** A hash whose digest is the hashed bytes in hexadecimal, so that tests see them. */
class VisibleHash implements ContentHash {
  #digest = "";

  update(bytes: Uint8Array): void {
    this.#digest += bytes.toHex();
  }

  digest(): string {
    return this.#digest;
  }
}

/** Records the calls of a transfer, in order. */
export class RecordingHost implements TransferHost {
  readonly hash = new VisibleHash();
  /** Sent frames by their types, confirmed bytes, and the end. */
  readonly calls: string[] = [];
  readonly frames: ClientFrame[] = [];
  readonly failures: TransferFailure[] = [];

  readonly reasonOf?: (error: unknown) => string;

  constructor(reasonOf?: (error: unknown) => string) {
    if (reasonOf !== undefined) this.reasonOf = reasonOf;
  }

  send(frame: ClientFrame): void {
    this.frames.push(frame);
    this.calls.push(frame.type);
  }

  progressed(bytes: number): void {
    this.calls.push(`progressed ${bytes}`);
  }

  completed(): void {
    this.calls.push("completed");
  }

  failed(failure: TransferFailure): void {
    this.failures.push(failure);
    this.calls.push(`failed: ${failure.type}`);
  }
}
