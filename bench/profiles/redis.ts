import type { Profile } from "./profile.ts";

/** Every connection subscribes to it and publishes on it. */
const CHANNEL = "hubbub";

const ERROR = /(?:^|\n)-([A-Z]+) ([^\r\n]*)\r\n/g;

/**
 * Redis pub/sub, version 6 or later.
 *
 * Only with RESP3 may a connection that subscribes publish too. Redis then sends a publisher its own
 * message as well; the ledger passes it over, so the server does one delivery more a message than is
 * counted. With a second connection for publishing it would be the same.
 */
export const redis: Profile = {
  login: (name) => command("HELLO", "3", "SETNAME", name) + command("SUBSCRIBE", CHANNEL),

  readLogin(received) {
    for (const [, code, text] of received.matchAll(ERROR)) return { code: code!, text: text! };
    // A push, by which RESP3 confirms a subscription.
    return />3\r\n\$9\r\nsubscribe\r\n\$\d+\r\n[^\r\n]+\r\n:\d+\r\n/.test(received)
      ? "joined"
      : undefined;
  },

  message: (text) => command("PUBLISH", CHANNEL, text),

  readNotices(received) {
    const complaints = [...received.matchAll(ERROR)]
      .map(([, code, text]) => ({ code: code!, text: text! }));
    return complaints.length === 0 ? undefined : { answer: "", complaints };
  },

  echoes: true,

  takesBytes: true,
};

/** A command as an array of strings, all of ASCII. */
function command(...words: readonly string[]): string {
  return `*${words.length}\r\n` + words.map((word) => `$${word.length}\r\n${word}\r\n`).join("");
}
