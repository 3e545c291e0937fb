import type { ByteString } from "../../protocol/byte_string.ts";
import type { Profile } from "./profile.ts";
import { helloOf, jsonForm, loginAnswerOf, readFrameNotices } from "./hubbub_frames.ts";

/** The example of RFC 6455, section 1.3. A load tester has nothing to protect by a random key. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPTED = /^HTTP\/1\.1 101 [^]*?s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=[^]*?\r\n\r\n/i;

/** A status line other than 101, up to its end. */
const REFUSED = /^HTTP\/1\.\d (\d\d\d) ?([^\r\n]*)\r\n/;

/** The first byte of a whole message of text, and of a pong (RFC 6455, section 5.2). */
const TEXT = "\x81";
const PONG = "\x8a";

/** A ping, and not the low byte of a length in two bytes that happens to look like one. */
// deno-lint-ignore no-control-regex -- bytes of a frame's head
const PING = /(?<!~[^])\x89([\x00-\x7d])/g;

/**
 * hubbub's JSON frames as messages of a WebSocket, at `/ws`.
 *
 * A client must mask what it sends. The mask is zero: to the server that is as much work as any other,
 * and what is measured is not the load tester's own masking.
 */
export const websocket: Profile = {
  login: () =>
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,

  readLogin(received) {
    const [, status, reason] = REFUSED.exec(received) ?? [];
    if (status !== undefined && status !== "101") {
      return { code: `http_${status}`, text: `the server answered ${status} ${reason}` };
    }
    for (
      const [frame] of received.matchAll(/\{"type":"(?:welcome|error|bye)"(?:[^{}]|\{[^{}]*\})*\}/g)
    ) {
      const answer = loginAnswerOf(frame);
      if (answer !== undefined) return answer;
    }
    return undefined;
  },

  wireForm: jsonForm,

  message: (text) => maskedFrame(TEXT, `{"type":"message","text":"${text}"}`),

  goodbye: maskedFrame(TEXT, `{"type":"quit"}`),

  readNotices(received, name) {
    if (ACCEPTED.test(received)) {
      return { answer: maskedFrame(TEXT, helloOf(name)), complaints: [] };
    }
    let answer = "";
    for (const match of received.matchAll(PING)) {
      const start = match.index + 2;
      const payload = received.slice(start, start + match[1]!.charCodeAt(0));
      if (payload.length === match[1]!.charCodeAt(0)) answer += maskedFrame(PONG, payload);
    }
    const notices = readFrameNotices(received);
    if (notices === undefined && answer === "") return undefined;
    return { answer, complaints: notices?.complaints ?? [] };
  },
};

/** A frame as a client sends it, up to 65,535 bytes. */
function maskedFrame(opcode: string, payload: ByteString): ByteString {
  const { length } = payload;
  const size = length < 126
    ? String.fromCharCode(0x80 | length)
    : String.fromCharCode(0x80 | 126, length >> 8, length & 0xff);
  return `${opcode}${size}\0\0\0\0${payload}`;
}
