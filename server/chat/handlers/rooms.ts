import { DEFAULT_ROOM, isTooLong, MAX_TOPIC_BYTES, protocolError } from "../../../protocol/mod.ts";
import { listRooms, sendList } from "../listing.ts";
import { shownName } from "../members.ts";
import type { Handlers } from "./handler.ts";

/** Tokens for a room that is created or read from the store, which costs more than one in use. */
const OPENED_ROOM_TOKENS = 4;

export const ROOMS: Handlers<"rooms" | "join" | "leave" | "topic" | "delete_room"> = {
  rooms: {
    needs: "a room",
    run: (_frame, _member, { hub }, session) =>
      sendList(session, hub.rooms.size, () => listRooms(hub.rooms.all())),
  },
  join: {
    needs: "a room",
    run: ({ room: name }, member, { hub, resumption }, session) => {
      const { size } = hub.rooms;
      const { value: room, error } = hub.rooms.open(name, session.ip);
      if (error !== undefined) return error;
      if (hub.rooms.size > size) session.chargeTokens(OPENED_ROOM_TOKENS);
      if (room === member.room) return protocolError("in_room", room.name);
      hub.move(member, room);
      resumption.changed(member);
    },
  },
  leave: {
    needs: "a room",
    run: (_frame, member, { hub, resumption }) => {
      if (member.room.key === DEFAULT_ROOM) return protocolError("in_lobby");
      hub.move(member, hub.rooms.open(DEFAULT_ROOM).value!);
      resumption.changed(member);
    },
  },
  topic: {
    needs: "a name",
    run: ({ text }, member, { hub, moderation, operators, store }, session) => {
      const { room } = member;
      if (text === undefined) {
        const topic = store.topics.find(room.key);
        session.send({ type: "topic", room: room.name, text: "", ...topic });
        return;
      }
      if (operators.any && !member.isOperator) return protocolError("not_operator");
      const silenced = moderation.silence(member);
      if (silenced !== undefined) return silenced;
      if (isTooLong(text, MAX_TOPIC_BYTES)) return protocolError("text_too_long", MAX_TOPIC_BYTES);
      hub.setTopic(member, room, text.trim());
    },
  },
  delete_room: {
    needs: "an operator",
    run: ({ room: name }, member, { files, hub, log, resumption }, session) => {
      const { value, error } = hub.rooms.deletable(name);
      if (error !== undefined) return error;
      const { room } = value;
      const shown = room?.name ?? shownName(name);
      if (room === undefined) hub.rooms.delete(name);
      else {
        const lobby = hub.rooms.open(DEFAULT_ROOM).value!;
        files.offers.endRoom(room);
        hub.deleteRoom(room, lobby, `An operator has deleted ${shown}: you are in the lobby.`);
        resumption.relocate(room, lobby);
      }
      log.audit("room deleted", { room: shown, by: member.name, by_address: member.address });
      session.send({ type: "notice", text: `The room ${shown} is deleted.` });
    },
  },
};
