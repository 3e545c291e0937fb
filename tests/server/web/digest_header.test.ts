import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { digestOf } from "../../../server/web/digest_header.ts";

const HASH = "ab".repeat(32);
const VALUE = Buffer.from(HASH, "hex").toString("base64");
const SHA = `sha-256=:${VALUE}:`;
const OTHER = `sha-256=:${Buffer.alloc(32).toString("base64")}:`;

const VALID: readonly (readonly [string, Record<string, string>, string | undefined])[] = [
  ["no header", {}, undefined],
  ["Repr-Digest", { "repr-digest": SHA }, HASH],
  ["Content-Digest", { "content-digest": SHA }, HASH],
  ["both with the same hash", { "repr-digest": SHA, "content-digest": SHA }, HASH],
  ["another algorithm", { "repr-digest": "sha-512=:YWJj:" }, undefined],
  ["several algorithms", { "repr-digest": `md5=:YWJj:, ${SHA}` }, HASH],
];

for (const [what, headers, hash] of VALID) {
  Deno.test(`digest header: reads ${what}`, () => assertEquals(digestOf(headers), { value: hash }));
}

const DAMAGED: readonly (readonly [string, string])[] = [
  ["an empty header", ""],
  ["a hash without its algorithm", VALUE],
  ["hexadecimal", `sha-256=${HASH}`],
  ["no colons", `sha-256=${VALUE}`],
  ["a missing colon", `sha-256=:${VALUE}`],
  ["a hash that was cut", `sha-256=:${VALUE.slice(0, 20)}:`],
  ["no padding", `sha-256=:${VALUE.slice(0, -1)}:`],
  ["a character outside of base64", `sha-256=:${VALUE.replace(/^./, "_")}:`],
  ["an empty value", "sha-256=::"],
  ["two different hashes", `${SHA}, ${OTHER}`],
  ["a damaged one after a right one", `${SHA}, sha-256=`],
  ["a comma at its end", `${SHA},`],
  ["the algorithm in capital letters", SHA.toUpperCase()],
];

for (const [what, header] of DAMAGED) {
  Deno.test(`digest header: refuses ${what}`, () => {
    for (const name of ["repr-digest", "content-digest"]) {
      assertEquals(digestOf({ [name]: header }).error?.code, "file_hash_invalid");
    }
  });
}

Deno.test("digest header: refuses two headers that differ", () => {
  const headers = { "repr-digest": SHA, "content-digest": OTHER };
  assertEquals(digestOf(headers).error?.code, "file_hash_invalid");
});
