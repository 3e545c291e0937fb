import { MAX_CHUNK_BYTES } from "../../protocol/limits.ts";

/** A file of a browser, as far as it is needed. */
export interface FileSource {
  readonly name: string;
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** Bytes that are read at a time: whole pieces. Each reading goes through other processes of the browser. */
const BLOCK_BYTES = 40 * MAX_CHUNK_BYTES;

/** The pieces of a file in their order. The next block is read while the pieces of one are sent. */
export class ReadAhead {
  #block = new Uint8Array();
  /** Place in the block. */
  #at = 0;
  /** Bytes that were asked for. */
  #asked = 0;
  #next: Promise<Uint8Array<ArrayBuffer>> | undefined;

  constructor(private readonly source: FileSource) {}

  /**
   * The next bytes: as many as asked for, fewer only where a block or the file ends.
   *
   * @returns at once where they have been read.
   * @throws where the file cannot be read, or is shorter than it was.
   */
  take(bytes: number): Uint8Array | Promise<Uint8Array> {
    if (this.#at < this.#block.length) return this.#piece(bytes);
    return (this.#next ?? this.#read()).then((block) => {
      this.#block = block;
      this.#at = 0;
      this.#next = this.#asked < this.source.size ? this.#read() : undefined;
      // It is looked at when its turn comes, if ever.
      this.#next?.catch(() => {});
      return this.#piece(bytes);
    });
  }

  #piece(bytes: number): Uint8Array {
    const piece = this.#block.subarray(this.#at, this.#at + bytes);
    this.#at += piece.length;
    return piece;
  }

  async #read(): Promise<Uint8Array<ArrayBuffer>> {
    const start = this.#asked;
    const end = Math.min(start + BLOCK_BYTES, this.source.size);
    this.#asked = end;
    const block = new Uint8Array(await this.source.slice(start, end).arrayBuffer());
    if (block.length !== end - start) throw new Error("Cannot read a file: it is shorter now");
    return block;
  }
}
