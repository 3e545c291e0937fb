import type { Profile, Refusal } from "./profile.ts";

/** All are in it. */
const CHANNEL = "#hubbub";

/** `:server 433 * nick :Nickname is already in use`, and other replies from 400 on, and `ERROR :...`. */
const COMPLAINT = /^(?::\S+ ([45]\d\d) \S+ ([^\r\n]*)|ERROR :?([^\r\n]*))\r?\n/gm;

/** 422: there is no message of the day. */
const HARMLESS = "422";

/**
 * An IRC server (RFC 2812). It does not send a sender its own messages.
 *
 * A line of IRC has 512 bytes at most: with payloads over some 400 bytes, deliveries come cut short,
 * and count as lost. Servers throttle fast senders; see docs/PROFILES.md for the settings.
 */
export const irc: Profile = {
  login: (name) => `NICK ${name}\r\nUSER ${name} 0 * :load test\r\n`,

  readLogin(received) {
    // The end of the list of names comes after JOIN.
    if (/^:\S+ 366 /m.test(received)) return "joined";
    return complaintsIn(received)[0];
  },

  message: (text) => `PRIVMSG ${CHANNEL} :${text}\r\n`,

  goodbye: "QUIT\r\n",

  readNotices(received) {
    let answer = "";
    for (const [, cookie] of received.matchAll(/^PING ([^\r\n]*)\r?\n/gm)) {
      answer += `PONG ${cookie}\r\n`;
    }
    if (/^:\S+ 001 [^\n]*\n/m.test(received)) answer += `JOIN ${CHANNEL}\r\n`;
    const complaints = complaintsIn(received);
    return answer === "" && complaints.length === 0 ? undefined : { answer, complaints };
  },
};

function complaintsIn(received: string): Refusal[] {
  return [...received.matchAll(COMPLAINT)]
    .map(([, code = "ERROR", text, error = ""]) => ({ code, text: text ?? error }))
    .filter(({ code }) => code !== HARMLESS);
}
