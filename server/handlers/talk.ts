import {
  type ClientFrameOf,
  isBlank,
  isTooLong,
  MAX_TEXT_BYTES,
  type MessageFrame,
  nameKey,
  type ProtocolError,
  protocolError,
} from "../../protocol/mod.ts";
import type { Member } from "../member.ts";
import type { Handlers, HandlerServer, HandlerSession } from "./handler.ts";

/** Messages in one answer to `history`: asked for, and at most. */
const DEFAULT_HISTORY = 50;
const MAX_HISTORY = 500;

/** Bytes of text in one answer to `history`, well under the limit on a server's frame. */
const MAX_HISTORY_BYTES = 128 * 1024;

/** What is said, and what was. */
export const TALK: Handlers<"message" | "whisper" | "reply" | "history"> = {
  message: {
    needs: "a name",
    run: ({ text, id, action }, member, { hub, moderation }, session) => {
      const error = textFault(text) ?? moderation.silence(member);
      if (error !== undefined) return error;
      if (id !== undefined && member.taken?.has(id) === true) {
        const seq = member.taken.get(id);
        return session.send(seq === undefined ? { type: "ack", id } : { type: "ack", id, seq });
      }
      const seq = hub.say(member, text, action === true, id);
      if (id !== undefined) session.send({ type: "ack", id, seq });
    },
  },
  whisper: { needs: "a name", run: whisper },
  reply: {
    needs: "a name",
    run: ({ text, id }, member, server, session) => {
      const from = member.lastWhisperFrom;
      if (from === undefined) return protocolError("nobody_to_reply_to");
      const isThere = isSamePerson(from, server.hub.people.find(from.name));
      if (!isThere && !wasWhispered(id, member, server)) {
        return protocolError("no_such_user", from.name);
      }
      const frame = { type: "whisper" as const, to: from.name, text };
      return whisper(id === undefined ? frame : { ...frame, id }, member, server, session);
    },
  },
  history: {
    needs: "a name",
    run: ({ limit = DEFAULT_HISTORY, before, since }, member, { store }, session) => {
      const { room } = member;
      // One more than asked for tells whether there are more.
      const wanted = Math.max(1, Math.min(limit, MAX_HISTORY));
      const stored = store.history.read(room.key, {
        limit: wanted + 1,
        ...(before === undefined ? undefined : { before }),
        ...(since === undefined ? undefined : { after: since }),
      });
      const fromOldest = since !== undefined;
      const chosen = fromOldest ? stored.slice(0, wanted) : stored.slice(-wanted);
      const fit = fitting(chosen.map(({ message }) => message), fromOldest);
      const messages = fit.filter(({ from }) => !member.ignores(nameKey(from)));
      session.send({
        type: "history",
        room: room.name,
        messages,
        more: stored.length > fit.length,
      });
    },
  },
};

function whisper(
  { to, text, id }: ClientFrameOf<"whisper">,
  member: Member,
  server: HandlerServer,
  session: HandlerSession,
): ProtocolError | void {
  const { hub, moderation, now } = server;
  const fault = textFault(text) ?? moderation.silence(member);
  if (fault !== undefined) return fault;
  if (wasWhispered(id, member, server)) {
    // Whoever it was said to may have left since.
    return session.send({ type: "ack", id, to: hub.people.find(to)?.name ?? to });
  }
  const { value: receiver, error } = hub.whisper(member, to, text, id);
  if (error !== undefined) return error;
  if (id !== undefined) session.send({ type: "ack", id, to: receiver.name });
  else if (session.showsOwnWhispers) {
    const { name: from } = member;
    session.send({ type: "whisper", from, to: receiver.name, text, time: now() });
  }
  if (receiver.away !== undefined) {
    const why = receiver.away === "" ? "" : `: ${receiver.away}`;
    session.send({ type: "notice", text: `${receiver.name} is away${why}` });
  }
}

/** Whether it is not somebody else by that name. A session that is resumed late has a new member. */
function isSamePerson(before: Member, now: Member | undefined): boolean {
  return before === now || (before.session > 0 && before.session === now?.session);
}

/** Whether a whisper with that `id` was taken before the connection broke. */
function wasWhispered(
  id: string | undefined,
  member: Member,
  { store }: HandlerServer,
): id is string {
  return id !== undefined && member.taken !== undefined &&
    store.sessions.hasWhispered(member.session, id);
}

function textFault(text: string): ProtocolError | undefined {
  if (isBlank(text)) return protocolError("text_empty");
  if (isTooLong(text, MAX_TEXT_BYTES)) return protocolError("text_too_long");
  return undefined;
}

/** As many messages as fit into one frame, from the oldest or from the newest on. */
function fitting(messages: readonly MessageFrame[], fromOldest: boolean): MessageFrame[] {
  const ordered = fromOldest ? messages : messages.toReversed();
  let bytes = 0;
  const fit = ordered.filter(({ text }) => (bytes += text.length) <= MAX_HISTORY_BYTES);
  return fromOldest ? fit : fit.reverse();
}
