import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  fromByteString,
  isPicture,
  jsonOf,
  type MessageFrame,
  storedFileName,
  storedFilePath,
  storedFileText,
  typeOfContent,
  UNKNOWN_TYPE,
} from "../../protocol/mod.ts";

const HASH = "a1".repeat(32);

Deno.test("stored files: a type is recognised by the first bytes alone", () => {
  const cases: readonly (readonly [start: string, type: string])[] = [
    ["\x89PNG\r\n\x1a\n<html>", "image/png"],
    ["\xff\xd8\xff\xe0", "image/jpeg"],
    ["GIF87a", "image/gif"],
    ["GIF89a", "image/gif"],
    ["RIFF\x10\0\0\0WEBPVP8 ", "image/webp"],
    ["\0\0\0\x1cftypavif", "image/avif"],
    ["\0\0\0\x1cftypavis", "image/avif"],
    // Another kind of the same container.
    ["\0\0\0\x1cftypisom", UNKNOWN_TYPE],
    ["RIFF\x10\0\0\0WAVEfmt ", UNKNOWN_TYPE],
    // One byte of the signature is missing.
    ["\x89PNG\r\n\x1a", UNKNOWN_TYPE],
    ["", UNKNOWN_TYPE],
    // Formats with scripts.
    ['<svg xmlns="http://www.w3.org/2000/svg">', UNKNOWN_TYPE],
    ["<!DOCTYPE html>", UNKNOWN_TYPE],
    ["%PDF-1.7", UNKNOWN_TYPE],
    // The signature is not at the start.
    ["<!-- GIF89a", UNKNOWN_TYPE],
  ];
  for (const [start, type] of cases) {
    assertEquals(typeOfContent(Buffer.from(start, "latin1")), type, JSON.stringify(start));
    assertEquals(isPicture(type), type !== UNKNOWN_TYPE);
  }
});

Deno.test("stored files: a name has no folders, no control characters and 255 bytes at most", () => {
  const cases: readonly (readonly [raw: string, name: string | undefined])[] = [
    ["photo.png", "photo.png"],
    [" a b ", "a b"],
    ["Grüße 漢字.txt", "Grüße 漢字.txt"],
    ["a\u202egnp.exe\x1b[2J", "agnp.exe[2J"],
    ["a\nb", "a b"],
    ["...", "..."],
    ["a".repeat(255), "a".repeat(255)],
    ["a".repeat(256), undefined],
    ["漢".repeat(100), undefined],
    ["", undefined],
    [" \x07 ", undefined],
    [".", undefined],
    ["..", undefined],
    ["../x", undefined],
    ["a/b", undefined],
    ["a\\b", undefined],
  ];
  for (const [raw, name] of cases) assertEquals(storedFileName(raw), name, JSON.stringify(raw));
});

Deno.test("stored files: the message has the file, and its text the address", () => {
  const name = 'a "b" ü?.png';
  const path = storedFilePath({ hash: HASH, name });
  assertEquals(path, `/files/${HASH}/a%20%22b%22%20%C3%BC%3F.png`);
  const file = { name, size: 1500, type: "image/png", hash: HASH, url: `http://x:1${path}` };
  const text = storedFileText(file);
  assertEquals(text, `${name} (1.5 KB) http://x:1${path}`);
  const message: MessageFrame = {
    ...{ type: "message", seq: 1, room: "lobby", from: "Ann", text, time: 5, file },
  };
  assertEquals(JSON.parse(fromByteString(jsonOf(message))!), message);
});
