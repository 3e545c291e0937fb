import { type ByteString, cleanLine, fromByteString, shorten } from "../protocol/mod.ts";

/** Characters of a strange answer that are shown. */
const SHOWN_CHARACTERS = 60;

/** First byte of a TLS alert (RFC 8446, section 5.1), the answer of a TLS server to plain JSON. */
const TLS_ALERT = "\x15";

/** Some web servers answer what is no request with a bare page, as HTTP/0.9 did. */
const WEB_SERVER = /^\s*(HTTP\/\d|<!doctype html|<html)/i;

/**
 * Says in a few words what it is that answered, when it is not hubbub.
 *
 * @param answer the first bytes that came.
 * @param sent the last line that this client sent; empty where the other side spoke first.
 */
export function describeStranger(answer: ByteString, sent: ByteString): string {
  if (answer.startsWith(TLS_ALERT)) return "it wants TLS";
  if (WEB_SERVER.test(answer)) return "it is a web server";
  if (sent !== "" && answer.includes(sent.trimEnd())) {
    return "it sends back what it gets, as an echo server does";
  }
  const [line = ""] = answer.trimStart().split("\n", 1);
  const text = fromByteString(line.trimEnd());
  const shown = text === undefined ? "" : shorten(cleanLine(text), SHOWN_CHARACTERS);
  return shown === "" ? "it answers with something unreadable" : `it answered "${shown}"`;
}

/** True while the bytes may be the beginning of a JSON object. */
export function mayBeJson(answer: ByteString): boolean {
  return /^\s*(\{|$)/.test(answer);
}
