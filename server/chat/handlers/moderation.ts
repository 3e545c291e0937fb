import type { Chat } from "../chat.ts";
import { checkName, nameKey, protocolError } from "../../../protocol/mod.ts";
import type { Hub } from "../hub.ts";
import { listBans, sendList } from "../listing.ts";
import type { LogFields } from "../../observability/log.ts";
import { shownName } from "../../names/name_rules.ts";
import type { Member } from "../member.ts";
import { reasonOf } from "../moderation.ts";
import type { LeaveReason } from "../room_changes.ts";
import { parseAddressRange, withoutPort } from "../../addresses/network_address.ts";
import type { BanTarget } from "../../storage/bans.ts";
import type { Handlers } from "./handler.ts";

export const MODERATION: Handlers<"kick" | "ban" | "bans" | "unban" | "mute" | "unmute"> = {
  kick: {
    needs: "an operator",
    run: ({ name, reason, force = false }, member, chat, session) => {
      const { hub } = chat;
      const { value: other, error } = hub.members.require(name);
      if (error !== undefined) return error;
      if (other === member && !force) {
        const remedy = `/kick ${member.name} --force does it all the same.`;
        return protocolError("not_oneself", "kick yourself", remedy);
      }
      // Before the kick: `bye` is the last frame of the kicked client, which may be this one.
      session.send({ type: "notice", text: `${other.name} was kicked.` });
      audit("kicked", member, { address: other.address, name: other.name }, chat);
      kick(other, { by: member.name, ...reasonOf(reason) }, chat);
    },
  },
  ban: {
    needs: "an operator",
    run: ({ target, duration, reason, force }, member, chat, session) => {
      const { hub, moderation } = chat;
      const terms = { duration, reason, force };
      const { value, error } = moderation.ban(member, target.trim(), terms);
      if (error !== undefined) return error;
      const { range } = value;
      const time = duration ?? "forever";
      audit("banned", member, { [value.kind]: value.key, duration: time }, chat);
      const banned = range === undefined
        ? [hub.members.find(target)]
        : [...hub.members.all()].filter((each) => each.isWithin(range));
      const why = { by: member.name, banned: true as const, ...reasonOf(reason) };
      for (const other of banned) {
        if (other !== undefined && other !== member) kick(other, why, chat);
      }
      session.send({ type: "notice", text: `${shownTarget(target, value)} is banned.` });
      if (range === undefined || !member.isWithin(range)) return;
      session.send({
        type: "notice",
        text:
          `Your own address ${member.address} is banned by that, too: once you leave, you cannot ` +
          `connect again. /unban ${value.key} takes it back.`,
      });
    },
  },
  bans: {
    needs: "an operator",
    run: (_frame, _member, { moderation }, session) =>
      sendList(session, moderation.bans().total, () => listBans(moderation.bans())),
  },
  unban: {
    needs: "an operator",
    run: ({ target }, member, chat, session) => {
      if (!chat.moderation.unban(target.trim())) {
        return protocolError("no_such_ban", shownName(target));
      }
      audit("unbanned", member, { target: target.trim() }, chat);
      session.send({ type: "notice", text: `${shownName(target)} is no longer banned.` });
    },
  },
  mute: {
    needs: "an operator",
    run: ({ name, duration }, member, chat, session) => {
      const { hub, moderation } = chat;
      const other = hub.members.find(name);
      if (other === member) return protocolError("not_oneself", "mute yourself");
      const checked = checkName(name);
      if (checked.fault !== undefined) return protocolError("name_invalid", checked.fault);
      const muted = moderation.mute(member, other ?? { key: nameKey(name) }, duration);
      if (muted.error !== undefined) return muted.error;
      const shown = other?.name ?? checked.name;
      audit("muted", member, {
        ...(other === undefined ? undefined : { address: other.address }),
        name: shown,
        duration: duration ?? "forever",
      }, chat);
      if (other !== undefined) {
        notify(hub, other, "An operator has muted you: your messages are not sent.");
      }
      const extent = other === undefined ? ": only the name, as its user is not online" : "";
      session.send({ type: "notice", text: `${shown} is muted${extent}.` });
    },
  },
  unmute: {
    needs: "an operator",
    run: ({ name }, member, chat, session) => {
      const { hub, moderation } = chat;
      const { value: other, error } = hub.members.require(name);
      if (!moderation.unmute(nameKey(name), other)) {
        return error ?? protocolError("not_muted", other.name);
      }
      audit("unmuted", member, { name }, chat);
      if (other !== undefined) notify(hub, other, "You may speak again.");
      session.send({ type: "notice", text: `${shownName(name)} may speak again.` });
    },
  },
};

/** The target of a ban in the operator's notation, with its network if that is wider. */
function shownTarget(written: string, { kind, key }: BanTarget): string {
  if (kind === "name") return shownName(written);
  const given = parseAddressRange(withoutPort(written))!.text;
  return given === key ? key : `${given} with its network ${key}`;
}

function audit(event: string, by: Member, fields: LogFields, { log }: Chat): void {
  log.audit(event, { ...fields, by: by.name, by_address: by.address });
}

/** Removes a user from the chat for an operator. */
function kick(
  other: Member,
  why: LeaveReason & { readonly by: string },
  { hub, resumption }: Chat,
): void {
  const { by, banned = false, reason } = why;
  const end = reason === undefined ? "" : `: ${reason}`;
  // Before the session ends: that sends `left` without a reason.
  hub.unregister(other, why);
  other.dismiss("kicked", `You were ${banned ? "banned" : "kicked"} by ${by}${end}.`);
  resumption.close(other);
}

function notify(hub: Hub, member: Member, text: string): void {
  hub.notify(member, { type: "notice", text });
}
