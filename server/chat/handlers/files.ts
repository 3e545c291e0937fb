import type { Chat } from "../chat.ts";
import { type ClientFrameOf, protocolError } from "../../../protocol/mod.ts";
import type { Member } from "../member.ts";
import type { Handlers, HandlerSession } from "./handler.ts";

export const FILES: Handlers<
  | "offer"
  | "withdraw"
  | "accept"
  | "refuse"
  | "chunk"
  | "received"
  | "finish"
  | "complete"
  | "cancel"
> = {
  offer: {
    needs: "a name",
    run: ({ to, name, size, id }, member, { files, moderation, hub, now }, session) => {
      const refusal = moderation.silence(member) ?? files.refusal(size);
      if (refusal !== undefined) return refusal;
      const { value: recipient, error } = files.recipient(member, to);
      if (error !== undefined) return error;
      const { member: person, room } = recipient;
      if (person?.subscriber?.format.kind === "text") {
        const offered = { type: "offered" as const, file: 0, from: member.name, to: person.name };
        hub.notify(person, { ...offered, name, size, time: now() });
        return protocolError("cannot_receive", person.name);
      }
      const { value: offer, error: fault } = files.offers.open(member, recipient, { name, size });
      if (fault !== undefined) return fault;
      if (id !== undefined) {
        const inRoom = room === undefined ? undefined : { room: room.name };
        session.send({ type: "ack", id, ...inRoom, file: offer.file });
      }
    },
  },
  withdraw: {
    needs: "a name",
    run: ({ file }, member, { files }, session) => {
      const error = files.offers.withdraw(file, member);
      if (error !== undefined) return error;
      session.send({ type: "withdrawn", file, reason: "withdrawn" });
    },
  },
  accept: {
    needs: "a name",
    run: ({ file, id }, member, { files }, session) => {
      const offer = files.offers.find(file, member);
      if (offer === undefined) return protocolError("no_such_file");
      const full = files.offers.checkAnswer(offer);
      if (full !== undefined) return full;
      const { sender, size } = offer;
      const { value: transfer, error } = files.transfers.start(sender, member, size);
      if (error !== undefined) return error;
      files.offers.answer(offer, member);
      const accepted = { type: "accepted" as const, file, transfer, by: member.name };
      session.send(accepted);
      files.transfers.send(sender, accepted);
      if (id !== undefined) session.send({ type: "ack", id, file });
    },
  },
  refuse: {
    needs: "a name",
    run: ({ file }, member, { files }) => {
      const offer = files.offers.find(file, member);
      if (offer === undefined) return protocolError("no_such_file");
      const error = files.offers.answer(offer, member);
      if (error !== undefined) return error;
      const { sender } = offer;
      // The sender waits for it, also while messages are skipped for it.
      if (sender.subscriber?.isOverBound === true) return;
      files.transfers.send(sender, { type: "refused", file, by: member.name });
    },
  },
  chunk: { needs: "a name", run: relay },
  received: { needs: "a name", run: relay },
  finish: { needs: "a name", run: relay },
  complete: { needs: "a name", run: relay },
  cancel: {
    needs: "a name",
    run: ({ transfer, reason }, member, { files }) => {
      files.transfers.cancel(member, transfer, reason);
    },
  },
};

/** Relays a frame of a transfer, which is bounded by its window and does not count for the rate. */
function relay(
  frame: ClientFrameOf<"chunk" | "received" | "finish" | "complete">,
  member: Member,
  { files }: Chat,
  session: HandlerSession,
): void {
  const { id: _, ...relayed } = frame;
  if (files.transfers.handle(member, relayed)) session.refundTokens();
}
