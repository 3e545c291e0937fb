import type { Arrival, Welcome } from "../../client/core/chat_session.ts";
import type { EnteredRoom, FileFrame, ServerFrame } from "../../protocol/frames.ts";
import { nameKey } from "../../protocol/names.ts";
import { counted } from "../../protocol/text.ts";
import { bansText } from "../../protocol/text_codec.ts";
import type { Chat } from "./chat.ts";

type FrameOf<Type extends ServerFrame["type"]> = Extract<ServerFrame, { type: Type }>;

type Receivers = {
  readonly [Type in ServerFrame["type"]]?: (chat: Chat, frame: FrameOf<Type>) => void;
};

/** The effect of each frame of a server on the chat, besides that on the {@link Chat.roster}. Other
 * frames are ignored. */
const RECEIVERS: Receivers = {
  message(chat, frame) {
    const entry = chat.entries.message(frame, chat.name);
    chat.conversations.receive(chat.conversations.ofRoom(frame.room), entry, entry.isMention);
  },
  whisper(chat, { from, text, time }) {
    // A whisper to oneself is shown when it is sent.
    if (nameKey(from) === nameKey(chat.name)) return;
    chat.lastWhisperFrom = from;
    const { conversations, entries } = chat;
    conversations.receive(conversations.ofPerson(from), entries.whisper(from, text, time), true);
  },
  ack(chat, { id, seq, file, to }) {
    if (chat.files.acknowledged(id, file)) return;
    chat.typed.whispered(id, to);
    chat.outgoing.accepted(id, seq);
  },
  joined(chat, { room, name, time, seq, topic = "" }) {
    if (seq === undefined) {
      return chat.addNotice(`${name} has joined.`, chat.conversations.ofRoom(room), time);
    }
    if (nameKey(room) === nameKey(chat.room)) return; // the welcome has reported it
    const left = chat.here;
    chat.typed.moved();
    left.markRead();
    Object.assign(chat, { room, topic });
    chat.typed.carryDraft(left, chat.here);
    chat.here.startAnew();
    chat.conversations.show(chat.here);
    chat.leaveOthers();
    chat.loadRoom();
  },
  left(chat, { room, name, time, reason, to, by, banned }) {
    if (name === chat.name) return; // it follows a change of room
    const where = to === undefined ? "" : ` for # ${to}`;
    const what = by === undefined
      ? `has left${where}`
      : `was ${banned === true ? "banned" : "kicked"} by ${by}`;
    const why = reason === undefined ? "" : `: ${reason}`;
    chat.addNotice(`${name} ${what}${why}.`, chat.conversations.ofRoom(room), time);
  },
  presence(chat, { room, joined, left, members, time }) {
    const are = members === 1 ? "is" : "are";
    const text = `${joined} joined and ${left} left: ${members} ${are} here.`;
    chat.addNotice(text, chat.conversations.ofRoom(room), time);
  },
  renamed(chat, { room, from, to, time }) {
    if (from === to) return;
    const isMe = nameKey(from) === nameKey(chat.name);
    if (isMe) chat.name = to;
    const merge = chat.conversations.renamePerson(from, to);
    if (merge !== undefined) {
      chat.outgoing.absorbed(merge.absorbed, merge.by);
      chat.typed.absorbed(merge.absorbed, merge.by);
    }
    if (nameKey(from) === nameKey(chat.lastWhisperFrom ?? "")) chat.lastWhisperFrom = to;
    chat.files.renamePerson(from, to);
    const who = isMe ? "You are" : `${from} is`;
    const place = chat.conversations.ofRoom(room ?? chat.room);
    chat.addNotice(`${who} now known as ${to}.`, place, time);
  },
  users(chat, { users, total, unasked, topic }) {
    if (unasked === true) {
      chat.topic = topic ?? "";
      return;
    }
    if (!chat.typed.lists.delete("users")) return;
    const names = users.map(({ name, listening }) =>
      listening === true ? `${name} (listening)` : name
    );
    chat.addNotice(`Here (${total}): ${names.join(", ")}`);
  },
  rooms(chat, { rooms, total }) {
    if (!chat.typed.lists.delete("rooms")) return;
    const list = rooms.map(({ name, members }) => `${name} (${members})`);
    chat.addNotice(`Rooms (${total}): ${list.join(", ")}`);
  },
  bans(chat, frame) {
    chat.addNotice(bansText(frame));
  },
  history(chat, { room, messages, more }) {
    const conversation = chat.conversations.ofRoom(room);
    const oldest = conversation.oldestNumber ?? Infinity;
    conversation.isLoading = false;
    conversation.addOlder(messages, (frame) => chat.entries.message(frame, chat.name));
    // In an answer about the middle of the history, `more` does not concern the oldest message.
    if ((messages[0]?.seq ?? 0) <= oldest) conversation.hasOlder = more && messages.length > 0;
  },
  topic(chat, { room, text, by, time }) {
    if (nameKey(room) === nameKey(chat.room)) chat.topic = text;
    const who = by === undefined ? "" : ` (${by})`;
    const about = text === "" ? "This room has no topic." : `Topic: ${text}${who}`;
    chat.addNotice(about, chat.conversations.ofRoom(room), time);
  },
  notice(chat, { text }) {
    chat.addNotice(text);
  },
  skipped(chat, { room, count, to }) {
    chat.addNotice(
      `${counted(count, "message")} ${count === 1 ? "was" : "were"} skipped.`,
      chat.conversations.ofRoom(room),
    );
    chat.loadSkipped(room, count, to);
  },
  error(chat, { code, text, ref }) {
    if (ref === undefined) return chat.addError(text);
    const place = chat.outgoing.refused(ref, text);
    if (place !== undefined) return chat.typed.messageRefused(ref, place);
    if (chat.files.refused(ref, code, text)) return;
    chat.addError(text);
    chat.typed.refused(ref);
    chat.historyRefused(ref);
  },
  bye(chat, { reason, text }) {
    if (reason === "shutdown" || reason === "restart") chat.addNotice(text, chat.here);
    else chat.leave({ text });
  },
};

/**
 * The server has accepted the user: for the first time, or again.
 *
 * Messages that the session has dropped are marked; the rest of the page continues unchanged.
 */
export function arrive(chat: Chat, welcome: Welcome, arrival: Arrival): void {
  const { name, rooms, server } = welcome;
  const { isResumed, before, uncertain } = arrival;
  const isFirst = chat.phase === "entering";
  const { room, seq, topic = "" } = roomOf(chat, welcome);
  const hasMoved = before !== undefined && nameKey(room) !== nameKey(chat.room);
  const left = hasMoved ? chat.here : undefined;
  Object.assign(chat, { phase: "inside", name, room, server, topic });
  chat.roster.receive({ ...welcome, rooms: rooms.filter((each) => each.room === room) });
  chat.outgoing.dropped(uncertain, "The connection broke before the server had confirmed this.");
  if (!isResumed) {
    // A server with fewer messages than this page has started again, and has no history of them.
    if (seq < (before?.rooms[room] ?? 0)) chat.here.forgetNumbers();
    else chat.here.startAnew();
    if (!isFirst) chat.addNotice("Connected again. What was said meanwhile is in the history.");
  }
  if (left !== undefined) {
    left.markRead();
    chat.here.startAnew();
    chat.addNotice(`You are in # ${room} now.`, chat.here);
    if (chat.typed.isMoving) chat.typed.carryDraft(left, chat.here);
  } else if (chat.typed.isMoving) chat.addNotice(`You are still in # ${room}.`, chat.here);
  chat.typed.reconnected(hasMoved);
  // A user who is writing a whisper continues with it.
  if (chat.active.kind === "room") chat.conversations.show(chat.here);
  chat.leaveOthers();
  if (isResumed && !isFirst && !hasMoved) {
    chat.send({ type: "users", room });
    chat.send({ type: "rooms" });
  } else chat.loadRoom();
  chat.typed.settle();
}

/** The room in which the page continues: after a lost answer to a change of room, the new one. */
function roomOf(chat: Chat, { rooms }: Welcome): EnteredRoom {
  const isHere = ({ room }: EnteredRoom) => nameKey(room) === nameKey(chat.room);
  const requested = chat.typed.isMoving ? rooms.findLast((each) => !isHere(each)) : undefined;
  return requested ?? rooms.find(isHere) ?? rooms[0] ?? { room: chat.room, seq: 0 };
}

export function receive(chat: Chat, frame: ServerFrame): void {
  if (isFileFrame(frame)) chat.files.received(frame);
  else {
    chat.roster.receive(frame);
    // The receiver is looked up by the frame's own type, so it accepts the frame.
    const receiver = RECEIVERS[frame.type] as
      | ((chat: Chat, frame: ServerFrame) => void)
      | undefined;
    receiver?.(chat, frame);
    chat.typed.settle();
  }
  chat.conversations.trim((conversation) => chat.outgoing.isWaiting(conversation));
}

/** The types of the frames about files; the compiler checks that none is missing. */
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
