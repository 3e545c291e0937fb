/**
 * What each frame of a client does, as a table.
 *
 * @module
 */

import {
  type ClientFrame,
  type ClientFrameType,
  helpText,
  type ProtocolError,
  protocolError,
} from "../../protocol/mod.ts";
import type { Handler, Handlers, HandlerServer, HandlerSession } from "./handlers/handler.ts";
import { ACCOUNTS } from "./handlers/accounts.ts";
import { FILES } from "./handlers/files.ts";
import { HISTORY } from "./handlers/history.ts";
import { ORDER } from "./handlers/moderation.ts";
import { PEOPLE } from "./handlers/people.ts";
import { ROOMS } from "./handlers/rooms.ts";
import type { Member } from "./member.ts";
import { TALK } from "./handlers/messages.ts";

const HANDLERS: Handlers<ClientFrameType> = {
  ...TALK,
  ...ACCOUNTS,
  ...PEOPLE,
  ...ROOMS,
  ...ORDER,
  ...FILES,
  ...HISTORY,
  hello: {
    needs: "nothing",
    run: (frame, member: unknown, _server, session) => {
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
    run: (_frame, _member, _server, session) => session.send({ type: "notice", text: helpText() }),
  },
  ping: {
    needs: "nothing",
    run: ({ t }, _member, _server, session) => session.send({ type: "pong", t }),
  },
  // That it came was the answer.
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
 * Does what a frame asks for, once its precondition holds.
 *
 * @returns why it was refused.
 */
export function handleFrame(
  frame: ClientFrame,
  session: HandlerSession,
  server: HandlerServer,
): ProtocolError | undefined {
  // The table's types tie each row to its frame; an index by a union cannot carry that over.
  const { needs, run } = HANDLERS[frame.type] as Handler<ClientFrameType>;
  const { member } = session;
  if (needs !== "nothing") {
    if (member === undefined) return protocolError("not_registered");
    if (needs !== "a room" && member.name === "") return protocolError("nameless");
    if (needs === "an operator" && !member.isOperator) return protocolError("not_operator");
  }
  // Rows that need nothing do not look at the member, or expect that there is none.
  return run(frame, member!, server, session) ?? undefined;
}
