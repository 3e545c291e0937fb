/**
 * What each frame of a client does, as a table.
 *
 * @module
 */

import {
  type ClientFrame,
  type ClientFrameOf,
  type ClientFrameType,
  helpText,
  isBlank,
  isTooLong,
  MAX_TEXT_BYTES,
  type ProtocolError,
  protocolError,
  type ServerFrame,
} from "../protocol/mod.ts";
import type { Hub } from "./hub.ts";
import type { Member } from "./member.ts";

/** What a handler may do with the session whose frame it is. */
export interface HandlerSession {
  /** Who the client is; absent until `hello` was taken. */
  readonly member: Member | undefined;
  /** True where a client without acknowledgements is to see what it whispered. */
  readonly showsOwnWhispers: boolean;
  send(frame: ServerFrame): void;
  /** Answers with an error, about the frame that had this `id`. */
  refuse(error: ProtocolError, ref?: string): void;
  /** Takes a name and a room. */
  register(frame: ClientFrameOf<"hello">): void;
  /** Says goodbye and closes. */
  quit(): void;
}

/** What handlers work on. */
export interface HandlerServer {
  readonly hub: Hub;
  /** Unix milliseconds. */
  now(): number;
}

/** The frames that a client may send before it has a name. */
type UnnamedType = "hello" | "help" | "ping" | "quit";

interface UnnamedHandler<Type extends ClientFrameType> {
  readonly needsName: false;
  run(session: HandlerSession, frame: ClientFrameOf<Type>, server: HandlerServer): void;
}

interface NamedHandler<Type extends ClientFrameType> {
  readonly needsName: true;
  run(
    session: HandlerSession,
    frame: ClientFrameOf<Type>,
    server: HandlerServer,
    member: Member,
  ): void;
}

type Handlers = {
  readonly [Type in ClientFrameType]: Type extends UnnamedType ? UnnamedHandler<Type>
    : NamedHandler<Type>;
};

const HANDLERS: Handlers = {
  hello: {
    needsName: false,
    run: (session, frame) => {
      if (session.member === undefined) session.register(frame);
      else session.refuse(protocolError("already_registered"));
    },
  },
  message: {
    needsName: true,
    run: (session, { text, id, action }, { hub }, member) => {
      const error = textFault(text);
      if (error !== undefined) return session.refuse(error, id);
      const seq = hub.say(member, text, action === true);
      if (id !== undefined) session.send({ type: "ack", id, seq });
    },
  },
  whisper: {
    needsName: true,
    run: (session, frame, server, member) => whisper(session, frame, server, member),
  },
  reply: {
    needsName: true,
    run: (session, { text, id }, server, member) => {
      const to = member.lastWhisperFrom;
      if (to === undefined) return session.refuse(protocolError("nobody_to_reply_to"), id);
      whisper(session, { type: "whisper", to, text, id }, server, member);
    },
  },
  nick: {
    needsName: true,
    run: (session, { name }, { hub }, member) => {
      const { error } = hub.rename(member, name);
      if (error !== undefined) session.refuse(error);
    },
  },
  users: {
    needsName: true,
    run: (session, _frame, { hub }, member) => session.send(hub.users(member)),
  },
  help: {
    needsName: false,
    run: (session) => session.send({ type: "notice", text: helpText() }),
  },
  ping: {
    needsName: false,
    run: (session, { t }) => session.send({ type: "pong", t }),
  },
  quit: { needsName: false, run: (session) => session.quit() },
};

/** Does what a frame asks for, once its precondition holds. */
export function handleFrame(
  session: HandlerSession,
  frame: ClientFrame,
  server: HandlerServer,
): void {
  // The table's types tie each row to its frame; an index by a union cannot carry that over.
  const handler = HANDLERS[frame.type] as NamedHandler<ClientFrameType> | UnnamedHandler<never>;
  if (!handler.needsName) return handler.run(session, frame as never, server);
  const { member } = session;
  if (member === undefined) {
    const ref = "id" in frame ? frame.id : undefined;
    return session.refuse(protocolError("not_registered"), ref);
  }
  handler.run(session, frame, server, member);
}

function whisper(
  session: HandlerSession,
  { to, text, id }: ClientFrameOf<"whisper">,
  { hub, now }: HandlerServer,
  member: Member,
): void {
  const fault = textFault(text);
  if (fault !== undefined) return session.refuse(fault, id);
  const { value: receiver, error } = hub.whisper(member, to, text);
  if (error !== undefined) return session.refuse(error, id);
  if (id !== undefined) session.send({ type: "ack", id, to: receiver.name });
  else if (session.showsOwnWhispers) {
    session.send({ type: "whisper", from: member.name, to: receiver.name, text, time: now() });
  }
}

function textFault(text: string): ProtocolError | undefined {
  if (isBlank(text)) return protocolError("text_empty");
  if (isTooLong(text, MAX_TEXT_BYTES)) return protocolError("text_too_long");
  return undefined;
}
