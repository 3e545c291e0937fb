import { bansText } from "../../protocol/text_codec.ts";
import type { FileFrame, ServerFrame } from "../../protocol/frames.ts";
import { nameKey } from "../../protocol/names.ts";
import { counted } from "../../protocol/text.ts";
import type { Chat } from "./chat.ts";

type FrameOf<Type extends ServerFrame["type"]> = Extract<ServerFrame, { type: Type }>;

type Receivers = {
  readonly [Type in ServerFrame["type"]]?: (chat: Chat, frame: FrameOf<Type>) => void;
};

/** Refusals that may be over in a moment: the next attempt follows when the connection has ended. */
const PASSING_REFUSALS: ReadonlySet<string> = new Set([
  "registration_timeout",
  "server_full",
  "too_busy",
  "too_many_attempts",
  "too_many_from_address",
]);

/** What each frame of a server means for the chat. Those that are not here are passed over. */
const RECEIVERS: Receivers = {
  welcome(chat, { name, room, server, session, seq, topic = "", resumed }) {
    const before = chat.point;
    const isFirst = chat.phase === "entering";
    // The answer to a change of room may have been lost with the connection.
    const isElsewhere = before !== undefined && nameKey(room) !== nameKey(chat.room);
    const left = isElsewhere ? chat.here : undefined;
    Object.assign(chat, { phase: "inside", name, room, server, topic });
    if (resumed === true && before !== undefined) {
      // What was missed counts when it is there. Where it is of another room, the point stays in the
      // one before until then: that tells the server to replay all of it.
      chat.point = { ...before, session };
    } else {
      chat.point = { session, room, seq, whisper: 0 };
      chat.outgoing.giveUpSent();
      // A server with less than what was seen here has begun anew, and its history has not that.
      const isSameRoom = before !== undefined && nameKey(before.room) === nameKey(room);
      if (isSameRoom && seq < before.seq) chat.here.forgetNumbers();
      else chat.here.startAnew();
      if (!isFirst) chat.tell("Connected again. What was said meanwhile is in the history.");
    }
    if (left !== undefined) {
      left.markRead();
      chat.here.startAnew();
      chat.tell(`You are in # ${room} now.`, chat.here);
    } else if (chat.typed.isMoving) chat.tell(`You are still in # ${room}.`, chat.here);
    if (left !== undefined && chat.typed.isMoving) chat.typed.carryDraft(left, chat.here);
    chat.typed.reconnected(left !== undefined);
    // Whoever is writing a whisper goes on with it.
    if (chat.active.kind === "room") chat.conversations.show(chat.here);
    if (resumed === true && !isFirst && left === undefined) {
      chat.send({ type: "users" });
      chat.send({ type: "rooms" });
    } else chat.loadRoom();
    chat.outgoing.giveUpElsewhere(chat.here);
    chat.outgoing.repeat();
  },
  message(chat, frame) {
    advance(chat, frame.room, frame.seq);
    const entry = chat.entries.message(frame, chat.name);
    chat.conversations.hear(chat.conversations.ofRoom(frame.room), entry, entry.isMention);
  },
  whisper(chat, { from, text, time, number }) {
    if (chat.point !== undefined && number !== undefined) {
      chat.point = { ...chat.point, whisper: Math.max(chat.point.whisper, number) };
    }
    // A whisper to oneself is shown when it is sent.
    if (nameKey(from) === nameKey(chat.name)) return;
    chat.lastWhisperFrom = from;
    const { conversations, entries } = chat;
    conversations.hear(conversations.ofPerson(from), entries.whisper(from, text, time), true);
  },
  ack(chat, { id, seq, file, to }) {
    if (chat.files.acknowledged(id, file)) return;
    // A server that skips messages still acknowledges: only the very next number tells that none is
    // missing before it.
    const { point } = chat;
    if (point !== undefined && seq === point.seq + 1) advance(chat, point.room, seq);
    chat.typed.whispered(id, to);
    chat.outgoing.taken(id, seq);
  },
  joined(chat, { room, name, time, seq, topic = "" }) {
    if (seq === undefined) {
      chat.people.add(name);
      return chat.tell(`${name} has joined.`, chat.conversations.ofRoom(room), time);
    }
    const left = chat.here;
    chat.typed.moved();
    left.markRead();
    Object.assign(chat, { room, topic });
    chat.typed.carryDraft(left, chat.here);
    if (chat.point !== undefined) chat.point = { ...chat.point, room, seq };
    chat.here.startAnew();
    chat.conversations.show(chat.here);
    chat.loadRoom();
  },
  left(chat, { room, name, time, reason, to, by, banned }) {
    chat.people.remove(name);
    const where = to === undefined ? "" : ` for # ${to}`;
    const what = by === undefined
      ? `has left${where}`
      : `was ${banned === true ? "banned" : "kicked"} by ${by}`;
    const why = reason === undefined ? "" : `: ${reason}`;
    chat.tell(`${name} ${what}${why}.`, chat.conversations.ofRoom(room), time);
  },
  presence(chat, { room, joined, left, members, time }) {
    chat.people.total = members;
    const here = members === 1 ? "1 is here" : `${members} are here`;
    const text = `${joined} joined and ${left} left: ${here}.`;
    chat.tell(text, chat.conversations.ofRoom(room), time);
  },
  renamed(chat, { room, from, to, time }) {
    if (from === to) return;
    const isMe = nameKey(from) === nameKey(chat.name);
    if (isMe) chat.name = to;
    chat.people.rename(from, to);
    chat.conversations.renamePerson(from, to);
    chat.files.renamePerson(from, to);
    const text = isMe ? `You are now known as ${to}.` : `${from} is now known as ${to}.`;
    chat.tell(text, chat.conversations.ofRoom(room), time);
  },
  users(chat, { users, total, unasked, topic }) {
    chat.people.set(users, total);
    if (unasked === true) {
      chat.topic = topic ?? "";
      return;
    }
    if (!chat.typed.lists.delete("users")) return;
    const names = users.map(({ name, listening }) =>
      listening === true ? `${name} (listening)` : name
    );
    chat.tell(`Here (${total}): ${names.join(", ")}`);
  },
  rooms(chat, { rooms, total }) {
    chat.rooms = rooms;
    if (!chat.typed.lists.delete("rooms")) return;
    const list = rooms.map(({ name, members }) => `${name} (${members})`);
    chat.tell(`Rooms (${total}): ${list.join(", ")}`);
  },
  bans(chat, frame) {
    chat.tell(bansText(frame));
  },
  history(chat, { room, messages, more }) {
    const conversation = chat.conversations.ofRoom(room);
    const oldest = conversation.oldestNumber ?? Infinity;
    conversation.isLoading = false;
    conversation.addOlder(messages, (frame) => chat.entries.message(frame, chat.name));
    // Of an answer about something in the middle, `more` says nothing about the oldest.
    if ((messages[0]?.seq ?? 0) <= oldest) conversation.hasOlder = more && messages.length > 0;
  },
  topic(chat, { room, text, by, time }) {
    if (nameKey(room) === nameKey(chat.room)) chat.topic = text;
    const who = by === undefined ? "" : ` (${by})`;
    const about = text === "" ? "This room has no topic." : `Topic: ${text}${who}`;
    chat.tell(about, chat.conversations.ofRoom(room), time);
  },
  away(chat, { name, text }) {
    chat.people.setAway(name, text);
  },
  notice(chat, { text }) {
    chat.tell(text);
  },
  skipped(chat, { room, count, to }) {
    advance(chat, room, to);
    chat.tell(
      `${counted(count, "message")} ${count === 1 ? "was" : "were"} skipped.`,
      chat.conversations.ofRoom(room),
    );
    chat.loadSkipped(count, to);
  },
  error(chat, { code, text, ref }) {
    if (code === "cannot_resume") return;
    if (chat.phase === "broken" && PASSING_REFUSALS.has(code)) return;
    if (chat.phase === "entering" || chat.phase === "broken") return chat.leave({ code, text });
    if (ref === undefined) return chat.tellError(text);
    const place = chat.outgoing.refused(ref, text);
    if (place !== undefined) return chat.typed.messageRefused(ref, place);
    if (chat.files.refused(ref, code, text)) return;
    chat.tellError(text);
    chat.typed.refused(ref);
  },
  bye(chat, { reason, text }) {
    if (reason === "shutdown" || reason === "restart") chat.tell(text, chat.here);
    else chat.leave({ text });
  },
};

/** Takes what the server says. */
export function receive(chat: Chat, frame: ServerFrame): void {
  // Looked up by its own type, so the receiver is one for it.
  if (isFileFrame(frame)) return chat.files.received(frame);
  const receiver = RECEIVERS[frame.type] as ((chat: Chat, frame: ServerFrame) => void) | undefined;
  if (Object.hasOwn(RECEIVERS, frame.type)) receiver?.(chat, frame);
  chat.typed.settle();
}

/** A message of the room that one is in has arrived, or was acknowledged. */
function advance(chat: Chat, room: string, seq: number): void {
  const { point } = chat;
  if (point === undefined || nameKey(room) !== nameKey(chat.room)) return;
  const isFirst = nameKey(room) !== nameKey(point.room);
  chat.point = isFirst ? { ...point, room, seq } : { ...point, seq: Math.max(point.seq, seq) };
}

/** Types of the frames that are about files; the types themselves see to it that none is missing. */
const FILE_FRAMES: Readonly<Record<FileFrame["type"], true>> = {
  offered: true,
  withdrawn: true,
  accepted: true,
  refused: true,
  chunk: true,
  received: true,
  finish: true,
  complete: true,
  cancelled: true,
};

function isFileFrame(frame: ServerFrame): frame is FileFrame {
  return Object.hasOwn(FILE_FRAMES, frame.type);
}
