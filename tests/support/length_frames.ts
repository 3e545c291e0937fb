import { Buffer } from "node:buffer";
import { lengthPrefix, toBytes } from "../../protocol/mod.ts";

/** A frame of JSON with its length before it. */
export function lengthFrame(frame: object): Buffer {
  const body = Buffer.from(JSON.stringify(frame));
  return Buffer.concat([toBytes(lengthPrefix(body.length)), body]);
}
