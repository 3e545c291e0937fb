import { Buffer } from "node:buffer";
import { open } from "node:fs/promises";

/** Maximum size of a file that the user names, in bytes: results of many runs are the largest. A run of a
 * day has some 30 MB. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Size of the buffer for the first read, in bytes. */
const FIRST_BYTES = 64 * 1024;

/**
 * Reads a file that the user names. It may be a device or a pipe, which have no size, and a pipe may have
 * a byte for each read: what is kept of a read is what it has read.
 *
 * @throws {Error} if it cannot be read, or is too large.
 */
export async function readNamedFile(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    let bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    for (let length = 0;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
      if (length > MAX_BYTES) {
        throw new RangeError(`it has more than ${MAX_BYTES / 2 ** 20} MiB`);
      }
      if (length === bytes.length) bytes = grown(bytes);
    }
  } finally {
    await file.close();
  }
}

/** Twice the size, or one byte more than the maximum. */
function grown(bytes: Uint8Array): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(Math.min(2 * bytes.length, MAX_BYTES + 1));
  larger.set(bytes);
  return larger;
}

/** The same with text in UTF-8. */
export async function readTextFile(path: string): Promise<string> {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readNamedFile(path));
}
