import { DEFAULT_ROOM, isTooLong, MAX_TOPIC_BYTES, protocolError } from "../../../protocol/mod.ts";
import { listRooms, sendList } from "../listing.ts";
import { shownName } from "../../names/name_rules.ts";
import { OPENED_ROOM_TOKENS } from "../rooms.ts";
import type { Handlers } from "./handler.ts";

export const ROOMS: Handlers<"rooms" | "join" | "leave" | "topic" | "delete_room"> = {
  rooms: {
    needs: "a room",
    run: (_frame, _member, { hub }, session) =>
      sendList(session, hub.rooms.size, () => listRooms(hub.rooms.all())),
  },
  join: {
    needs: "a room",
    run: ({ room: name }, member, { hub, resumption }, session) => {
      const { memberships } = member;
      const { size, limits: { maxPerMember } } = hub.rooms;
      const isFull = !session.isPerson && memberships.size >= maxPerMember;
      if (isFull && memberships.find(name) === undefined) {
        return protocolError("too_many_joined", maxPerMember);
      }
      const { value: room, error } = hub.rooms.open(name, session.ip);
      if (error !== undefined) return error;
      if (hub.rooms.size > size) session.chargeTokens(OPENED_ROOM_TOKENS);
      if (member.isIn(room)) return protocolError("in_room", room.name);
      const full = hub.rooms.placeError(room, member);
      if (full !== undefined) return full;
      if (session.isPerson) hub.move(member, room);
      else hub.join(member, room);
      resumption.changed(member);
    },
  },
  leave: {
    needs: "a room",
    run: ({ room: name }, member, { hub, resumption }, session) => {
      const { value: room, error } = member.memberships.require(name);
      if (error !== undefined) return error;
      if (!session.isPerson) hub.leave(member, room);
      else if (room.key === DEFAULT_ROOM) return protocolError("in_lobby");
      else {
        const lobby = hub.rooms.open(DEFAULT_ROOM).value!;
        const full = hub.rooms.placeError(lobby, member);
        if (full !== undefined) return full;
        hub.move(member, lobby);
      }
      resumption.changed(member);
    },
  },
  topic: {
    needs: "a name",
    run: ({ room: name, text }, member, { hub, moderation, operators, store }, session) => {
      const { value: room, error } = member.memberships.require(name);
      if (error !== undefined) return error;
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
        hub.deleteRoom(room, lobby, `An operator has deleted ${shown}`);
        resumption.relocate(room, lobby);
      }
      log.audit("room deleted", { room: shown, by: member.name, by_address: member.address });
      session.send({ type: "notice", text: `The room ${shown} is deleted.` });
    },
  },
};
