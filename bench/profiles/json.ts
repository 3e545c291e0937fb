import { parseServerFrame } from "../../protocol/json_codec.ts";
import type { Profile } from "../profile.ts";

/**
 * hubbub's JSON lines.
 *
 * Messages carry no `id`, so that no `ack` comes back: the ledger knows of every delivery anyway, and
 * acknowledgements would be measured along with them.
 */
export const json: Profile = {
  login: (name) => JSON.stringify({ type: "hello", name }) + "\n",

  readLogin(received) {
    for (const line of received.split("\n").slice(0, -1)) {
      const frame = parseServerFrame(line);
      if (frame?.type === "welcome") return "joined";
      if (frame?.type === "error") return { code: frame.code, text: frame.text };
      if (frame?.type === "bye") return { code: frame.reason, text: frame.text };
    }
    return undefined;
  },

  message: (text) => `{"type":"message","text":"${text}"}\n`,
};
