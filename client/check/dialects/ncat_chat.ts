import { literal } from "../literal.ts";
import type { ChatDialect } from "./dialect.ts";

/** `ncat --chat`: it names everybody by a number, and announces them. */
export const NCAT_CHAT: ChatDialect & { readonly greeting: RegExp } = {
  kind: "chat",
  title: "ncat --chat",
  greeting: /^<announce> /m,
  hasNames: false,
  // It writes the other bytes as octal numbers.
  isAsciiOnly: true,
  hasCommands: false,
  enter: (client) => client.until((received) => /already connected: [^\n]*\n/.test(received)),
  said: (_, text) => new RegExp(`<user\\d+> ${literal(text)}`, "g"),
  joined: () => /<announce> \S+ is connected as <user\d+>\./,
  left: () => /<announce> <user\d+> is disconnected\./,
};
