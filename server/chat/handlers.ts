/**
 * The table of the frames of a client: precondition and action of each.
 *
 * @module
 */

import type { Chat } from "./chat.ts";
import {
  type ClientFrame,
  type ClientFrameType,
  helpText,
  type ProtocolError,
  protocolError,
} from "../../protocol/mod.ts";
import type { Handler, Handlers, HandlerSession } from "./handlers/handler.ts";
import { ACCOUNTS } from "./handlers/accounts.ts";
import { FILES } from "./handlers/files.ts";
import { HISTORY } from "./handlers/history.ts";
import { MODERATION } from "./handlers/moderation.ts";
import { PEOPLE } from "./handlers/people.ts";
import { SEARCH } from "./handlers/search.ts";
import { ROOMS } from "./handlers/rooms.ts";
import type { Member } from "./member.ts";
import { MESSAGES } from "./handlers/messages.ts";

const HANDLERS: Handlers<ClientFrameType> = {
  ...MESSAGES,
  ...ACCOUNTS,
  ...PEOPLE,
  ...ROOMS,
  ...MODERATION,
  ...FILES,
  ...HISTORY,
  ...SEARCH,
  hello: {
    needs: "nothing",
    run: (frame, member: unknown, _chat, session) => {
      if (member !== undefined) return protocolError("already_registered");
      const { name, listen } = frame;
      if (name === undefined && listen !== true) {
        return protocolError("invalid_frame", "`name` is missing");
      }
      session.register({ ...frame, name: name ?? "" });
    },
  },
  help: {
    needs: "nothing",
    run: (_frame, _member, _chat, session) => session.send({ type: "notice", text: helpText() }),
  },
  ping: {
    needs: "nothing",
    run: ({ t }, _member, _chat, session) => session.send({ type: "pong", t }),
  },
  // Its arrival is all that counts.
  pong: { needs: "nothing", run: () => {} },
  quit: {
    needs: "nothing",
    run: ({ reason }, member: Member | undefined, { moderation }, session) => {
      const isMuted = member !== undefined && moderation.silence(member) !== undefined;
      session.quit(isMuted ? undefined : reason);
    },
  },
};

/**
 * Checks the precondition of a frame and runs its action.
 *
 * @returns the error of a refused frame.
 */
export function handleFrame(
  frame: ClientFrame,
  session: HandlerSession,
  chat: Chat,
): ProtocolError | undefined {
  // The table's types tie each row to its frame; an index by a union cannot carry that over.
  const { needs, run } = HANDLERS[frame.type] as Handler<ClientFrameType>;
  const { member } = session;
  if (needs !== "nothing") {
    if (member === undefined) return protocolError("not_registered");
    if (needs !== "a room" && member.name === "") return protocolError("nameless");
    if (needs === "an operator" && !member.isOperator) return protocolError("not_operator");
  }
  // Rows that need nothing accept an absent member.
  return run(frame, member!, chat, session) ?? undefined;
}
