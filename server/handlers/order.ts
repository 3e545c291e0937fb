import { cleanLine, nameKey, protocolError, shorten } from "../../protocol/mod.ts";
import type { Hub } from "../hub.ts";
import { shownName } from "../members.ts";
import type { Member } from "../member.ts";
import type { Handlers, HandlerServer } from "./handler.ts";

/** Longest reason that is told, in characters. */
const MAX_REASON_LENGTH = 200;

/** What operators do to keep order. */
export const ORDER: Handlers<"kick" | "ban" | "unban" | "mute" | "unmute"> = {
  kick: {
    needs: "an operator",
    run: ({ name, reason }, member, server, session) => {
      const { hub } = server;
      const { value: other, error } = hub.people.require(name);
      if (error !== undefined) return error;
      // What is said last to who leaves is goodbye, also where it is oneself.
      session.send({ type: "notice", text: `${other.name} was thrown out.` });
      throwOut(other, member, reason, server);
    },
  },
  ban: {
    needs: "an operator",
    run: ({ target, duration }, member, server, session) => {
      const { hub, moderation } = server;
      const { value, error } = moderation.ban(member, target.trim(), duration);
      if (error !== undefined) return error;
      const banned = value.kind === "name"
        ? [hub.people.find(target)]
        : [...hub.people.all()].filter(({ address }) => address === value.key);
      for (const other of banned) {
        if (other !== undefined && other !== member) throwOut(other, member, "banned", server);
      }
      session.send({ type: "notice", text: `${shownName(target)} is banned.` });
    },
  },
  unban: {
    needs: "an operator",
    run: ({ target }, _member, { moderation }, session) => {
      if (!moderation.unban(target.trim())) {
        return protocolError("no_such_ban", shownName(target));
      }
      session.send({ type: "notice", text: `${shownName(target)} is no longer banned.` });
    },
  },
  mute: {
    needs: "an operator",
    run: ({ name, duration }, _member, { hub, moderation }, session) => {
      const { value: other, error } = hub.people.require(name);
      if (error !== undefined) return error;
      const muted = moderation.mute(other.key, duration);
      if (muted.error !== undefined) return muted.error;
      notify(hub, other, "An operator has muted you: nobody hears what you say.");
      session.send({ type: "notice", text: `${other.name} is muted.` });
    },
  },
  unmute: {
    needs: "an operator",
    run: ({ name }, _member, { hub, moderation }, session) => {
      const { value: other, error } = hub.people.require(name);
      if (!moderation.unmute(nameKey(name))) {
        return error ?? protocolError("not_muted", other.name);
      }
      if (other !== undefined) notify(hub, other, "You may speak again.");
      session.send({ type: "notice", text: `${shownName(name)} may speak again.` });
    },
  },
};

function throwOut(
  other: Member,
  by: Member,
  reason: string | undefined,
  { hub, resumption }: HandlerServer,
): void {
  const why = reason === undefined ? "" : `: ${shorten(cleanLine(reason), MAX_REASON_LENGTH)}`;
  other.dismiss("kicked", `You were thrown out by ${by.name}${why}.`);
  // Whose connection is broken has no session that could leave.
  hub.unregister(other);
  resumption.close(other);
}

function notify(hub: Hub, member: Member, text: string): void {
  hub.tell(member, { type: "notice", text });
}
