import { isTooLong, MAX_AWAY_BYTES, protocolError } from "../../../protocol/mod.ts";
import { shownName } from "../../names/name_rules.ts";
import { listUsers, sendList } from "../listing.ts";
import type { Handlers } from "./handler.ts";

/** Maximum number of users that one member ignores. */
const MAX_IGNORED = 256;

export const PEOPLE: Handlers<
  "users" | "away" | "back" | "ignore" | "unignore"
> = {
  users: {
    needs: "a room",
    run: ({ room: name }, member, _chat, session) => {
      const { value: room, error } = member.memberships.require(name);
      if (error !== undefined) return error;
      sendList(session, room.size, () => listUsers(member, room));
    },
  },
  away: {
    needs: "a name",
    run: ({ text = "" }, member, { hub, moderation }, session) => {
      const silenced = moderation.silence(member);
      if (silenced !== undefined) return silenced;
      if (isTooLong(text, MAX_AWAY_BYTES)) return protocolError("text_too_long", MAX_AWAY_BYTES);
      member.away = text;
      hub.notifyAbout(member, (room) => ({ type: "away", room, name: member.name, text }));
      session.send({
        type: "notice",
        text: "You are away. Users who whisper to you get a notice.",
      });
    },
  },
  back: {
    needs: "a name",
    run: (_frame, member, { hub }, session) => {
      member.away = undefined;
      hub.notifyAbout(member, (room) => ({ type: "away", room, name: member.name }));
      session.send({ type: "notice", text: "You are back." });
    },
  },
  ignore: {
    needs: "a name",
    run: ({ name }, member, { hub }, session) => {
      const { value: other, error } = hub.members.require(name);
      if (error !== undefined) return error;
      if (other === member) return protocolError("not_oneself", "ignore yourself");
      if (member.ignored.size >= MAX_IGNORED && !member.ignores(other.key)) {
        return protocolError("too_many_ignored", MAX_IGNORED);
      }
      hub.ignore(member, other.name);
      session.send({
        type: "notice",
        text: `You ignore ${other.name} now. /unignore ${other.name} takes it back.`,
      });
    },
  },
  unignore: {
    needs: "a name",
    run: ({ name }, member, { hub }, session) => {
      if (!hub.unignore(member, name)) {
        const { value: other, error } = hub.members.require(name);
        return error ?? protocolError("not_ignored", other.name);
      }
      session.send({ type: "notice", text: `You no longer ignore ${shownName(name)}.` });
    },
  },
};
