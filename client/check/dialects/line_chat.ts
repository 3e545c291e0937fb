import { literal } from "../literal.ts";
import type { ChatDialect } from "./dialect.ts";

/** Time that the server has to take a client in: it tells nothing of it. */
const ENTRY_MILLISECONDS = 400;

/** A chat that asks for nothing: what one sends the others get, perhaps with a mark before it. */
export const LINE_CHAT: ChatDialect = {
  kind: "chat",
  title: "a chat without names",
  hasNames: false,
  isAsciiOnly: false,
  hasCommands: false,
  async enter(client) {
    await client.untilEnd(ENTRY_MILLISECONDS);
    return !client.isEnded;
  },
  said: (_, text) => new RegExp(literal(text), "g"),
  joined: () => /join|enter|connected|arriv/i,
  left: () => /left|leav|disconnect|quit|gone/i,
};
