import { assertEquals } from "@std/assert";
import { createHash, randomBytes } from "node:crypto";
import { sha256Hash } from "../../../web/files/file_content.ts";

const digestOf = (...pieces: Uint8Array[]) => {
  const hash = sha256Hash();
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
};

Deno.test("sha-256: the vectors of FIPS 180-4 for abc and for no data", () => {
  assertEquals(
    digestOf(new TextEncoder().encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assertEquals(digestOf(), createHash("sha256").digest("hex"));
});

Deno.test("sha-256: every length around the ends of blocks", () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = randomBytes(length);
    assertEquals(digestOf(bytes), createHash("sha256").update(bytes).digest("hex"), `${length}`);
  }
});

Deno.test("sha-256: the same in pieces, wherever they are cut", () => {
  const bytes = randomBytes(100_000);
  const expected = createHash("sha256").update(bytes).digest("hex");
  for (const size of [1, 63, 64, 65, 8000, 24_000]) {
    const pieces = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
    assertEquals(digestOf(...pieces), expected, `${size}`);
  }
});
