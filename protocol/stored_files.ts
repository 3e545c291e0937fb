/**
 * Files that a server keeps: their names, types and addresses.
 *
 * @module
 */

import { byteLength } from "./byte_string.ts";
import type { StoredFile } from "./file_frames.ts";
import type { MessageFrame } from "./frames.ts";
import { MAX_STORED_NAME_BYTES } from "./limits.ts";
import { cleanLine, sizeText } from "./text.ts";

/** The SHA-256 of a content, as in addresses. */
export const FILE_HASH = /^[\da-f]{64}$/;

/** The type of all contents that are not recognised: a browser saves them. */
export const UNKNOWN_TYPE = "application/octet-stream";

/** Number of bytes at the start of a content that decide its type. */
export const SIGNATURE_BYTES = 12;

/** The start of each kind of picture, byte by byte, with `?` for any byte. None of them can contain scripts. */
const SIGNATURES: readonly (readonly [type: string, start: string])[] = [
  ["image/png", "\x89PNG\r\n\x1a\n"],
  ["image/jpeg", "\xff\xd8\xff"],
  ["image/gif", "GIF87a"],
  ["image/gif", "GIF89a"],
  ["image/webp", "RIFF????WEBP"],
  ["image/avif", "????ftypavif"],
  ["image/avif", "????ftypavis"],
];

/**
 * The media type of a content, by its first bytes: its name and what its sender calls it are not asked. A
 * document that begins like a picture is served as one, and is a broken picture then.
 *
 * @param start the first {@link SIGNATURE_BYTES}, or all of a shorter content.
 */
export function typeOfContent(start: Uint8Array): string {
  const found = SIGNATURES.find(([, signature]) =>
    start.length >= signature.length &&
    Array.from(signature).every((character, at) =>
      character === "?" || character.charCodeAt(0) === start[at]
    )
  );
  return found?.[0] ?? UNKNOWN_TYPE;
}

/** Whether browsers show a content of this type. */
export function isPicture(type: string): boolean {
  return SIGNATURES.some(([known]) => known === type);
}

/** The name of a stored file, without control characters; `undefined` for one that cannot be used. */
export function storedFileName(raw: string): string | undefined {
  if (byteLength(raw) > MAX_STORED_NAME_BYTES) return undefined;
  const name = cleanLine(raw).trim();
  const isUsable = name !== "" && name !== "." && name !== ".." && !/[/\\]/.test(name);
  return isUsable ? name : undefined;
}

/** The path of a stored file, with a slash at its start. */
export function storedFilePath({ hash, name }: Pick<StoredFile, "hash" | "name">): string {
  return `/files/${hash}/${encodeURIComponent(name)}`;
}

/** The text of a message that users search and are alerted with: of a file its name, without the address,
 * which is a hash. */
export function readableText({ text, file }: Pick<MessageFrame, "text" | "file">): string {
  return file?.name ?? text;
}

/** The text of the message with a stored file, for clients that only show texts. */
export function storedFileText({ name, size, url }: StoredFile): string {
  return `${name} (${sizeText(size)}) ${url}`;
}
