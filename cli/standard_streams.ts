import process from "node:process";
import { Writable } from "node:stream";
import type { OutputStream } from "../client/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import { readerGone } from "./pipe_reader.ts";

/**
 * Prints what was asked for.
 *
 * @throws {CliError} where it cannot be written, since the disk is full.
 */
export function say(text: string): void {
  try {
    console.log(text);
  } catch (error) {
    throw new CliError(`Cannot write to standard output: ${reasonOf(error)}.`, EXIT.failed);
  }
}

/** Prints what is told by the way: a program that serves goes on where it cannot be written. */
export function mention(text: string): void {
  try {
    console.log(text);
  } catch {
    // There is nobody to be told.
  }
}

/** Prints a complaint or a line of a log. Where it cannot be written it is lost, and nothing else. */
export function tell(text: string): void {
  try {
    console.error(text);
  } catch {
    // There is nobody to be told.
  }
}

/**
 * Standard output as a stream that never blocks the program: node's own blocks in a system call while a
 * pipe is full, so that Ctrl+C has no effect. It closes when the reader of a pipe is gone, also while
 * nothing is written.
 */
export function standardOutput(): Writable {
  const output = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      writeAll(chunk).then(() => done(), done);
    },
  });
  void readerGone().then(() => output.destroy());
  return output;
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await Deno.stdout.write(bytes.subarray(written));
  }
}

/** Standard error as a stream; what it cannot take is lost, and nothing else. */
export const standardErrors: OutputStream = {
  write(text, written) {
    try {
      return process.stderr.write(text, written);
    } catch {
      written?.();
      return true;
    }
  },
  on: process.stderr.on.bind(process.stderr),
  removeListener: process.stderr.removeListener.bind(process.stderr),
};

function reasonOf(error: unknown): string {
  const { message } = error instanceof Error ? error : { message: String(error) };
  return message.replace(/ \(os error \d+\)$/, "").replace(/^./, (first) => first.toLowerCase());
}
