import type { Arrival, Welcome } from "../../client/core/chat_session.ts";
import type { FileFrame } from "../../protocol/file_frames.ts";
import type { ServerFrame } from "../../protocol/frames.ts";
import { isSameName } from "../../protocol/names.ts";
import { counted } from "../../protocol/text.ts";
import { bansText } from "../../protocol/text_codec.ts";
import type { Chat } from "./chat.ts";

type FrameOf<Type extends ServerFrame["type"]> = Extract<ServerFrame, { type: Type }>;

type Receivers = {
  readonly [Type in ServerFrame["type"]]?: (chat: Chat, frame: FrameOf<Type>) => void;
};

/** The effect of each frame of a server on the chat, besides that on the {@link Chat.rooms}. Other
 * frames are ignored. */
const RECEIVERS: Receivers = {
  message(chat, frame) {
    const entry = chat.entries.message(frame, chat.name);
    chat.conversations.receive(chat.conversations.ofRoom(frame.room), entry, entry.isMention);
  },
  whisper(chat, frame) {
    const { from } = frame;
    // A whisper to oneself is shown when it is sent.
    if (isSameName(from, chat.name)) return;
    chat.lastWhisperFrom = from;
    const { conversations, entries } = chat;
    conversations.receive(conversations.ofPerson(from), entries.whisper(frame), true);
  },
  ack(chat, { id, seq, file, to }) {
    if (chat.files.acknowledged(id, file)) return;
    chat.typed.whispered(id, to);
    chat.outgoing.accepted(id, seq);
  },
  joined(chat, { room, name, time, seq, topic = "" }) {
    if (seq !== undefined) return chat.membership.entered(room, topic);
    chat.addPresence(room, { name, type: "joined", text: `${name} has joined.`, time });
  },
  left(chat, frame) {
    const { room, name, time, reason, to, by, banned } = frame;
    if (name === chat.name) return chat.membership.left(frame);
    const where = to === undefined ? "" : ` for # ${to}`;
    const what = by === undefined
      ? `has left${where}`
      : `was ${banned === true ? "banned" : "kicked"} by ${by}`;
    const why = reason === undefined ? "" : `: ${reason}`;
    const text = `${name} ${what}${why}.`;
    if (by === undefined) chat.addPresence(room, { name, type: "left", text, time });
    else chat.addNotice(text, chat.conversations.ofRoom(room), time);
  },
  presence(chat, { room, joined, left, members, time }) {
    const are = members === 1 ? "is" : "are";
    const text = `${joined} joined and ${left} left: ${members} ${are} here.`;
    chat.addNotice(text, chat.conversations.ofRoom(room), time);
  },
  renamed(chat, { room, from, to, time }) {
    if (from === to) return;
    const isMe = isSameName(from, chat.name);
    if (isMe) chat.name = to;
    const merge = chat.conversations.renamePerson(from, to);
    if (merge !== undefined) {
      chat.outgoing.absorbed(merge.absorbed, merge.by);
      chat.typed.absorbed(merge.absorbed, merge.by);
    }
    if (isSameName(from, chat.lastWhisperFrom ?? "")) chat.lastWhisperFrom = to;
    chat.files.renamePerson(from, to);
    const who = isMe ? "You are" : `${from} is`;
    const place = isMe ? chat.active : chat.conversations.ofRoom(room ?? chat.room);
    chat.addNotice(`${who} now known as ${to}.`, place, time);
  },
  users(chat, { room, users, total, unasked, topic }) {
    if (unasked === true) {
      const state = chat.rooms.get(room);
      if (state !== undefined) state.topic = topic ?? "";
      return;
    }
    if (!chat.typed.takeList("users", room)) return;
    const names = users.map(({ name, listening }) =>
      listening === true ? `${name} (listening)` : name
    );
    chat.addNotice(`Here (${total}): ${names.join(", ")}`);
  },
  rooms(chat, { rooms, total }) {
    if (!chat.typed.takeList("rooms")) return;
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
    const state = chat.rooms.get(room);
    if (state !== undefined) state.topic = text;
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
  search(chat, frame) {
    chat.finder.received(frame);
  },
  error(chat, { code, text, ref }) {
    if (ref === undefined) return chat.addError(text);
    if (chat.finder.refused(ref, text)) return;
    const place = chat.outgoing.refused(ref, text);
    if (place !== undefined) {
      const isGone = place.kind === "room" && chat.rooms.get(place.name) === undefined;
      if (isGone) chat.membership.notInRoom(place, place.find(ref)?.text ?? "");
      return;
    }
    if (chat.membership.refused(ref, code, text)) return;
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
  Object.assign(chat, { phase: "inside", name, server, maxStoredFile: welcome.maxStoredFile });
  chat.outgoing.dropped(uncertain, "The connection broke before the server had confirmed this.");
  chat.typed.reconnected();
  chat.membership.arrived(rooms, isResumed, before);
  chat.rooms.receive(welcome, name);
  if (!isResumed && !isFirst) {
    chat.addNotice("Connected again. What was said meanwhile is in the history.");
  }
  chat.typed.settle();
}

export function receive(chat: Chat, frame: ServerFrame): void {
  if (isFileFrame(frame)) chat.files.received(frame);
  else {
    chat.rooms.receive(frame, chat.name);
    // The receiver is looked up by the frame's own type, so it accepts the frame.
    const receiver = RECEIVERS[frame.type] as
      | ((chat: Chat, frame: ServerFrame) => void)
      | undefined;
    receiver?.(chat, frame);
    chat.typed.settle();
  }
  chat.conversations.trim((conversation) =>
    chat.outgoing.isWaiting(conversation) ||
    (conversation.kind === "room" && chat.rooms.get(conversation.name) !== undefined)
  );
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
