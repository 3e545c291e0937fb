import type { Profile } from "./profile.ts";
import { helloOf, jsonForm, loginAnswerOf, readFrameNotices } from "./hubbub_frames.ts";

/**
 * hubbub's JSON lines.
 *
 * Messages carry no `id`, so that no `ack` comes back: the ledger records every delivery anyway, and
 * acknowledgements would be measured along with them.
 */
export const json: Profile = {
  login: (name) => `${helloOf(name)}\n`,

  readLogin(received) {
    for (const line of received.split("\n").slice(0, -1)) {
      const answer = loginAnswerOf(line);
      if (answer !== undefined) return answer;
    }
    return undefined;
  },

  wireForm: jsonForm,

  message: (text) => `{"type":"message","text":"${text}"}\n`,

  readNotices: readFrameNotices,

  goodbye: `{"type":"quit"}\n`,
};
