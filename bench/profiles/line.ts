import { toByteString } from "../../protocol/byte_string.ts";
import type { Profile } from "./profile.ts";

/** Lines that are sent to a server, and its answers. */
export interface LineTemplates {
  /** Sent at once; `{name}` is the connection's name. Default `{name}\n`. */
  readonly login?: string;
  /** Sent for a message; `{text}` is the payload. Default `{text}\n`. */
  readonly message?: string;
  /** Part of what the server sends to a client that has joined. Empty: a connected client has joined,
   * and sending begins 500 ms later. Default: anything that the server sends first. */
  readonly welcome?: string;
  /** The server sends a sender its own messages too. They are passed over. Default: false. */
  readonly ownMessages?: boolean;
}

/** Time for a server that sends no welcome to accept connections that TCP has made. */
const SETTLE_MILLISECONDS = 500;

/**
 * Any server that takes lines and passes them on to the others: what is around a payload does not
 * matter to the ledger.
 */
export function line(
  { login, message, welcome, ownMessages = false }: LineTemplates = {},
): Profile {
  const greeting = toByteString(login ?? "{name}\n");
  const saying = toByteString(message ?? "{text}\n");
  const expected = welcome === undefined ? undefined : toByteString(welcome);
  return {
    login: (name) => greeting.replaceAll("{name}", () => name),

    readLogin(received) {
      const isIn = expected === undefined ? received !== "" : received.includes(expected);
      return isIn ? "joined" : undefined;
    },

    mayRepeatLogin: true,

    takesBytes: true,

    message: (text) => saying.replaceAll("{text}", () => text),

    echoes: ownMessages,

    ...expected === "" && { settleMilliseconds: SETTLE_MILLISECONDS },
  };
}

/** Any server that sends lines back to their sender, with any text around them. */
export const echo: Profile = {
  login: () => "",
  // A connected client has joined: such a server sends nothing by itself.
  readLogin: () => "joined",
  message: (text) => `${text}\n`,
  echoes: true,

  takesBytes: true,
};
