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
import type { History } from "../storage/store.ts";
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
      const wanted = Math.max(1, Math.min(limit, MAX_HISTORY));
      const fromOldest = since !== undefined;
      // One more than asked for tells whether there are more.
      const { heard, isAll } = historyHeard(
        member,
        store.history,
        { before, after: since },
        wanted + 1,
      );
      const chosen = fromOldest ? heard.slice(0, wanted) : heard.slice(-wanted);
      const messages = fitting(chosen, fromOldest);
      session.send({
        type: "history",
        room: room.name,
        messages,
        more: !isAll || heard.length > messages.length,
      });
    },
  },
};

/** Pages of a room's history that are read for one answer, so that nobody makes the server read it all:
 * who ignores whoever talks most may see less than there is, and is told that there is more. */
const MAX_PAGES = 4;

/** What was said in the member's room by those whom they hear, up to a number of messages, and whether
 * all was looked at that was asked for. */
function historyHeard(
  member: Member,
  history: History,
  { before, after }: { before: number | undefined; after: number | undefined },
  limit: number,
): { heard: readonly MessageFrame[]; isAll: boolean } {
  const fromOldest = after !== undefined;
  let heard: MessageFrame[] = [];
  let isAll = false;
  for (let page = 0; page < MAX_PAGES && heard.length < limit; page++) {
    // Few need a second page; for them it is a large one.
    const size = page === 0 ? limit : MAX_HISTORY;
    const stored = history.read(member.room.key, {
      limit: size,
      ...(before === undefined ? undefined : { before }),
      ...(after === undefined ? undefined : { after }),
    }).map(({ message }) => message);
    const more = stored.filter(({ from }) => !member.ignores(nameKey(from)));
    heard = fromOldest ? [...heard, ...more] : [...more, ...heard];
    isAll = stored.length < size;
    if (isAll) break;
    if (fromOldest) after = stored.at(-1)!.seq;
    else before = stored[0]!.seq;
  }
  return {
    heard: fromOldest ? heard.slice(0, limit) : heard.slice(-limit),
    isAll: isAll || heard.length >= limit,
  };
}

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
