import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import * as der from "../../../../server/network/tls/der.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

Deno.test("DER: lengths in their shortest form", () => {
  assertEquals(hex(der.octetString(Buffer.alloc(0))), "0400");
  assertEquals(hex(der.octetString(Buffer.alloc(127)).subarray(0, 3)), "047f00");
  assertEquals(hex(der.octetString(Buffer.alloc(128)).subarray(0, 4)), "04818000");
  assertEquals(hex(der.octetString(Buffer.alloc(256)).subarray(0, 5)), "0482010000");
});

Deno.test("DER: numbers are never negative, and have no zeros in front", () => {
  assertEquals(hex(der.integer(Buffer.from([0]))), "020100");
  assertEquals(hex(der.integer(Buffer.from([0x7f]))), "02017f");
  assertEquals(hex(der.integer(Buffer.from([0x80]))), "02020080");
  assertEquals(hex(der.integer(Buffer.from([0, 0, 1]))), "020101");
});

Deno.test("DER: object identifiers, as in ITU-T X.690, 8.19.5 and RFC 5758", () => {
  assertEquals(hex(der.objectIdentifier("2.100.3")), "0603813403");
  assertEquals(hex(der.objectIdentifier("1.2.840.10045.4.3.2")), "06082a8648ce3d040302");
});

Deno.test("DER: times before 2050 have two digits for the year", () => {
  const last = Date.UTC(2049, 11, 31, 23, 59, 59, 999);
  assertEquals(der.time(last).toString("latin1"), "\x17\r491231235959Z");
  assertEquals(der.time(last + 1).toString("latin1"), "\x18\x0f20500101000000Z");
});

Deno.test("DER: bits that are not used are told", () => {
  assertEquals(hex(der.bitString(Buffer.from([0x80]), 7)), "03020780");
  assertEquals(
    hex(der.sequence(der.boolean(true), der.set(der.utf8String("é")))),
    "30090101ff31040c02c3a9",
  );
});
