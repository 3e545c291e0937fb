import { DEFAULT_ROOM, isTooLong, MAX_TOPIC_BYTES, protocolError } from "../../protocol/mod.ts";
import { listRooms } from "../listing.ts";
import type { Handlers } from "./handler.ts";

/** Which rooms there are, and going from one to another. */
export const ROOMS: Handlers<"rooms" | "join" | "leave" | "topic"> = {
  rooms: {
    needs: "a name",
    run: (_frame, _member, { hub }, session) => session.send(listRooms(hub.rooms.all())),
  },
  join: {
    needs: "a name",
    run: ({ room: name }, member, { hub, resumption }) => {
      const { value: room, error } = hub.rooms.open(name);
      if (error !== undefined) return error;
      if (room === member.room) return protocolError("in_room", room.name);
      hub.move(member, room);
      resumption.changed(member);
    },
  },
  leave: {
    needs: "a name",
    run: (_frame, member, { hub, resumption }) => {
      if (member.room.key === DEFAULT_ROOM) return protocolError("in_lobby");
      hub.move(member, hub.rooms.open(DEFAULT_ROOM).value!);
      resumption.changed(member);
    },
  },
  topic: {
    needs: "a name",
    run: ({ text }, member, { hub, moderation, store }, session) => {
      const { room } = member;
      if (text === undefined) {
        const topic = store.topics.find(room.key);
        session.send({ type: "topic", room: room.name, text: "", ...topic });
        return;
      }
      if (moderation.hasOperators && !member.isOperator) return protocolError("not_operator");
      const silenced = moderation.silence(member);
      if (silenced !== undefined) return silenced;
      if (isTooLong(text, MAX_TOPIC_BYTES)) return protocolError("text_too_long", MAX_TOPIC_BYTES);
      hub.setTopic(member, text.trim());
    },
  },
};
