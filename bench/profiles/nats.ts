import type { Profile } from "./profile.ts";

/** Every connection subscribes to it and publishes on it. */
const SUBJECT = "hubbub";

const CONNECT = JSON.stringify({ verbose: false, pedantic: false, echo: false, headers: false });

/**
 * A NATS server, with its own protocol of lines.
 *
 * `echo: false` keeps a publisher's messages from its own subscription, as in a chat. The PING behind
 * the subscription is answered when the subscription stands.
 */
export const nats: Profile = {
  login: (name) =>
    `CONNECT ${CONNECT.slice(0, -1)},"name":"${name}"}\r\nSUB ${SUBJECT} 1\r\nPING\r\n`,

  readLogin(received) {
    const refusal = /^-ERR '?([^'\r\n]*)'?\r\n/m.exec(received)?.[1];
    if (refusal !== undefined) return { code: "refused", text: refusal };
    return /^INFO [^]*^PONG\r\n/m.test(received) ? "joined" : undefined;
  },

  takesBytes: true,

  message: (text) => `PUB ${SUBJECT} ${text.length}\r\n${text}\r\n`,

  readNotices(received) {
    const answer = "PONG\r\n".repeat(received.match(/^PING\r\n/gm)?.length ?? 0);
    const complaints = [...received.matchAll(/^-ERR '?([^'\r\n]*)'?\r\n/gm)]
      .map(([, text]) => ({ code: "-ERR", text: text! }));
    return answer === "" && complaints.length === 0 ? undefined : { answer, complaints };
  },
};
