import type { Chat } from "../chat.ts";
import {
  type ClientFrameOf,
  hasTooManyLines,
  isBlank,
  isTooLong,
  MAX_TEXT_BYTES,
  type MessageKind,
  type ProtocolError,
  protocolError,
} from "../../../protocol/mod.ts";
import type { Member } from "../member.ts";
import type { Handlers, HandlerSession } from "./handler.ts";

export const MESSAGES: Handlers<"message" | "whisper" | "reply"> = {
  message: {
    needs: "a name",
    run: ({ room: name, text, id, action, notice }, member, { hub, moderation }, session) => {
      const error = textFault(text) ?? moderation.silence(member);
      if (error !== undefined) return error;
      if (id !== undefined && member.acknowledgedIds?.has(id)) {
        return session.send({ type: "ack", id, ...member.acknowledgedIds.get(id) });
      }
      const { value: room, error: fault } = member.memberships.require(name);
      if (fault !== undefined) return fault;
      // A client repeats its messages in order: after the first new one all are new. A refused one may be
      // older than those.
      if (id !== undefined) member.acknowledgedIds = undefined;
      const message = hub.sendMessage(member, room, text, kindOf(action, notice), id);
      if (id !== undefined) session.send({ type: "ack", id, room: room.name, seq: message.seq });
      session.echo(message);
    },
  },
  whisper: { needs: "a name", run: whisper },
  reply: {
    needs: "a name",
    run: ({ text, id }, member, chat, session) => {
      const from = member.lastWhisperFrom;
      if (from === undefined) return protocolError("nobody_to_reply_to");
      const isOnline = isSameUser(from, chat.hub.members.find(from.name));
      if (!isOnline && !wasWhispered(id, member, chat)) {
        return protocolError("no_such_user", from.name);
      }
      const frame = { type: "whisper" as const, to: from.name, text };
      return whisper(id === undefined ? frame : { ...frame, id }, member, chat, session);
    },
  },
};

function whisper(
  { to, text, id, notice }: ClientFrameOf<"whisper">,
  member: Member,
  chat: Chat,
  session: HandlerSession,
): ProtocolError | void {
  const { hub, moderation, now } = chat;
  const fault = textFault(text) ?? moderation.silence(member);
  if (fault !== undefined) return fault;
  if (wasWhispered(id, member, chat)) {
    // The receiver may have left since.
    session.send({ type: "ack", id, to: hub.members.find(to)?.name ?? to });
    return;
  }
  const { value, error } = hub.sendWhisper(member, to, text, id, notice === true);
  if (error !== undefined) return error;
  const { receiver, frame } = value;
  session.echo(frame);
  if (id !== undefined) session.send({ type: "ack", id, to: receiver.name });
  else if (session.isPerson && receiver !== member) {
    const { name: from } = member;
    const kind = notice === true ? { notice } : undefined;
    session.send({ type: "whisper", from, to: receiver.name, text, time: now(), ...kind });
  }
  if (receiver.away !== undefined && receiver !== member) {
    const why = receiver.away === "" ? "" : `: ${receiver.away}`;
    session.send({ type: "notice", text: `${receiver.name} is away${why}` });
  }
}

function kindOf(action: boolean | undefined, notice: boolean | undefined): MessageKind | undefined {
  if (action === true) return { action };
  return notice === true ? { notice } : undefined;
}

/** Whether two members of the same name are one user. A session that is resumed late has a new
 * member. */
function isSameUser(before: Member, now: Member | undefined): boolean {
  return before === now || (before.session > 0 && before.session === now?.session);
}

/** Whether a whisper with this `id` was accepted before the connection broke. */
function wasWhispered(
  id: string | undefined,
  member: Member,
  { store }: Chat,
): id is string {
  return id !== undefined && member.acknowledgedIds !== undefined &&
    store.sessions.hasWhispered(member.session, id);
}

/** The error of a text that cannot be sent. */
export function textFault(text: string): ProtocolError | undefined {
  if (isBlank(text)) return protocolError("text_empty");
  if (isTooLong(text, MAX_TEXT_BYTES)) return protocolError("text_too_long");
  if (hasTooManyLines(text)) return protocolError("too_many_lines");
  return undefined;
}
