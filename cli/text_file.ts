import { open } from "node:fs/promises";

/** Maximum size of a file that the user names, in bytes: results of many runs are the largest. */
const MAX_BYTES = 64 * 1024 * 1024;

const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads a text file that the user names. It may be a device or a pipe, which have no size.
 *
 * @throws {Error} if it cannot be read, or is too large.
 */
export async function readTextFile(path: string): Promise<string> {
  const file = await open(path);
  try {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const buffer = new Uint8Array(CHUNK_BYTES);
    const parts: string[] = [];
    for (let size = 0;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return [...parts, decoder.decode()].join("");
      if ((size += bytesRead) > MAX_BYTES) {
        throw new RangeError(`it is larger than ${MAX_BYTES} bytes`);
      }
      parts.push(decoder.decode(buffer.subarray(0, bytesRead), { stream: true }));
    }
  } finally {
    await file.close();
  }
}
