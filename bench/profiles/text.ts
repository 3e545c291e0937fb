import { fromByteString } from "../../protocol/byte_string.ts";
import { type Profile, skippedComplaint } from "./profile.ts";

/** `[12:34:56] [ERROR]: ...`, also where the prompt, which has no line end, stands before it. */
const REFUSED = /\[ERROR\]: ([^\n]*)\n/;

/** At the start of a line behind the time, where no message of a user can begin so. */
const COMPLAINT = /^\[[\d:]+\] (?:\[ERROR\]: ([^\n]*)|\*\*\* (\d+) messages? skipped\.[^\n]*)\n/gm;

/**
 * hubbub's text lines, as a person with `nc` speaks them.
 *
 * The name is sent at once, without waiting for the prompt; the prompt may come all the same, and
 * then stands before the welcome on the same line.
 */
export const text: Profile = {
  login: (name) => `${name}\n`,

  readLogin(received) {
    if (received.includes("[SYSTEM]: Welcome")) return "joined";
    const refusal = REFUSED.exec(received)?.[1];
    if (refusal === undefined) return undefined;
    return { code: "refused", text: (fromByteString(refusal) ?? refusal).trimEnd() };
  },

  message: (text) => `${text}\n`,

  readNotices(received) {
    const complaints = [...received.matchAll(COMPLAINT)].map(([, text, count]) =>
      text === undefined
        ? skippedComplaint(Number(count))
        : { code: "error", text: (fromByteString(text) ?? text).trimEnd() }
    );
    return complaints.length === 0 ? undefined : { answer: "", complaints };
  },
};
