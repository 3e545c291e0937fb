import { Buffer } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import process from "node:process";

/** The mode bit that lets all users write. */
const OTHERS_WRITE = 0o002;

/** Maximum size of a configuration, a certificate chain or a key, in bytes. */
const MAX_CONFIGURATION_BYTES = 1_048_576;

/**
 * Reads a file of text that decides what the program trusts, such as a configuration or a certificate. It
 * can be read while a server runs: neither a pipe without a writer nor a device can block it. One that all
 * users can write is refused; Windows has no such modes.
 *
 * @param maxBytes a longer file is refused. Default: 1 MiB.
 * @throws the error of the system, or an error whose message is a reason without a full stop.
 */
export function readBoundedFile(path: string, maxBytes: number = MAX_CONFIGURATION_BYTES): string {
  // Without the flag, opening a pipe waits for a writer. Windows has neither.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
    if (!status.isFile()) throw new Error("it is a pipe or a device, not a file");
    if (process.platform !== "win32" && (status.mode & OTHERS_WRITE) !== 0) {
      throw new Error("all users can change it. Remove that right with chmod o-w");
    }
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    while (length <= maxBytes) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    if (length > maxBytes) throw new Error(`it is longer than ${maxBytes} bytes`);
    return new TextDecoder().decode(buffer.subarray(0, length));
  } finally {
    closeSync(file);
  }
}
