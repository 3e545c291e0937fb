/**
 * As much of DER (ITU-T X.690) as a certificate needs.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Tags of the types in use. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;

/** A value with a tag of its own, such as `[0]`. */
export function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

export const sequence = (...parts: readonly Uint8Array[]) => tagged(TAG.sequence, ...parts);
export const set = (...parts: readonly Uint8Array[]) => tagged(TAG.set, ...parts);
export const octetString = (content: Uint8Array) => tagged(TAG.octetString, content);
export const utf8String = (text: string) => tagged(TAG.utf8String, Buffer.from(text));
export const boolean = (value: boolean) => tagged(TAG.boolean, Buffer.from([value ? 0xff : 0]));

/** A number that is not negative, the most significant byte first. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.from([0]) : bytes.subarray(first);
  // A first bit of 1 would make it negative.
  return tagged(TAG.integer, Buffer.from(digits[0]! >= 0x80 ? [0] : []), digits);
}

/** @param unusedBits at the end, which are not part of the value. */
export function bitString(content: Uint8Array, unusedBits = 0): Buffer {
  return tagged(TAG.bitString, Buffer.from([unusedBits]), content);
}

/** An object identifier from its dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(TAG.objectIdentifier, Buffer.from([40 * first + second, ...rest].flatMap(base128)));
}

/** A time, to the second; with two digits for years before 2050 (RFC 5280, section 4.1.2.5). */
export function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\.\d+|[-:T]/g, "");
  return digits < "2050"
    ? tagged(TAG.utcTime, Buffer.from(digits.slice(2)))
    : tagged(TAG.generalizedTime, Buffer.from(digits));
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}
