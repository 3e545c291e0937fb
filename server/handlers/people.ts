import { isTooLong, MAX_AWAY_BYTES, nameKey, protocolError } from "../../protocol/mod.ts";
import { shownName } from "../members.ts";
import { listUsers } from "../listing.ts";
import { isPassword } from "../storage/mod.ts";
import type { Handlers } from "./handler.ts";

/** Addresses of the server's own machine. */
const OWN_ADDRESS = /^(127\.|::1$)/;

/** Names, being away, and who hears whom. */
export const PEOPLE: Handlers<
  "nick" | "users" | "away" | "back" | "ignore" | "unignore" | "register"
> = {
  nick: {
    needs: "a name",
    run: ({ name: rawName }, member, { hub, moderation, resumption, store }) => {
      const { value: name, error } = hub.people.checkTakeable(rawName, member);
      if (error !== undefined) return error;
      const silenced = moderation.silence(member) ?? moderation.refusal(name, member.address);
      if (silenced !== undefined) return silenced;
      const from = member.key;
      const isSameName = hub.people.find(name) === member;
      if (!isSameName && store.accounts?.find(nameKey(name)) !== undefined) {
        return protocolError("name_protected", name);
      }
      resumption.freeName(name);
      hub.rename(member, name);
      moderation.renamed(from, member.key);
      if (!isSameName) {
        member.isAuthenticated = false;
        member.isOperator = false;
      }
      resumption.changed(member);
    },
  },
  users: {
    needs: "a name",
    run: (_frame, member, _server, session) => session.send(listUsers(member)),
  },
  away: {
    needs: "a name",
    run: ({ text = "" }, member, { hub, moderation }, session) => {
      const silenced = moderation.silence(member);
      if (silenced !== undefined) return silenced;
      if (isTooLong(text, MAX_AWAY_BYTES)) return protocolError("text_too_long", MAX_AWAY_BYTES);
      member.away = text;
      hub.tellRoom(member, { type: "away", room: member.room.name, name: member.name, text });
      session.send({ type: "notice", text: "You are away. Whoever whispers to you is told." });
    },
  },
  back: {
    needs: "a name",
    run: (_frame, member, { hub }, session) => {
      member.away = undefined;
      hub.tellRoom(member, { type: "away", room: member.room.name, name: member.name });
      session.send({ type: "notice", text: "You are back." });
    },
  },
  ignore: {
    needs: "a name",
    run: ({ name }, member, { hub }, session) => {
      const { value: other, error } = hub.people.require(name);
      if (error !== undefined) return error;
      if (other === member) return protocolError("invalid_frame", "nobody can ignore themselves");
      hub.ignore(member, other.name);
      session.send({
        type: "notice",
        text: `You hear nothing more of ${other.name}. /unignore ${other.name} takes it back.`,
      });
    },
  },
  unignore: {
    needs: "a name",
    run: ({ name }, member, { hub }, session) => {
      if (!hub.unignore(member, name)) {
        const { value: other, error } = hub.people.require(name);
        return error ?? protocolError("not_ignored", other.name);
      }
      session.send({ type: "notice", text: `You hear ${shownName(name)} again.` });
    },
  },
  register: {
    needs: "a name",
    run: ({ password }, member, { store, moderation, resumption, hashPassword, now }, session) => {
      const { accounts } = store;
      if (accounts === undefined) return protocolError("no_accounts");
      // A password would exempt them from the mute of their address.
      const silenced = moderation.silence(member);
      if (silenced !== undefined) return silenced;
      if (!isPassword(password)) return protocolError("password_unusable");
      if (accounts.find(member.key) !== undefined && !member.isAuthenticated) {
        return protocolError("name_protected", member.name);
      }
      // Otherwise whoever comes first after the start would be the operator.
      if (moderation.isOperatorName(member.name) && !OWN_ADDRESS.test(session.ip)) {
        return protocolError("operator_name");
      }
      const { key, name } = member;
      session.wait(
        hashPassword(password).then((passwordHash) => {
          if (passwordHash === undefined) {
            return session.send({ type: "error", ...protocolError("too_busy") });
          }
          if (member.key !== key) return;
          accounts.save({ key, name, passwordHash, createdAt: now() });
          member.isAuthenticated = true;
          member.isOperator = moderation.isOperatorName(name);
          resumption.changed(member);
          session.send({
            type: "notice",
            text: `The name ${name} is yours: from now on it needs the password.`,
          });
        }),
      );
    },
  },
};
