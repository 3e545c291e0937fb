import fc from "fast-check";
import type {
  BanInfo,
  ByeReason,
  CancelReason,
  ErrorCode,
  ServerFrame,
  WithdrawReason,
} from "../../protocol/mod.ts";
import { hostileText } from "./texts.ts";

const text = hostileText;
const count = fc.nat(Number.MAX_SAFE_INTEGER);
const time = fc.nat(4_102_444_800_000);

type FrameArbitraries = {
  readonly [Type in ServerFrame["type"]]: fc.Arbitrary<Extract<ServerFrame, { type: Type }>>;
};

/** A frame of some fields; the last one may be absent. */
function frame<Type extends string, Fields extends object, Optional extends object>(
  type: Type,
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
  optional: { [Name in keyof Optional]: fc.Arbitrary<Optional[Name]> } = {} as never,
) {
  // The types of fast-check do not tell which keys of a record are required.
  return fc.record(
    { type: fc.constant(type), ...fields, ...optional },
    { requiredKeys: ["type", ...Object.keys(fields)] as never },
  ) as unknown as fc.Arbitrary<{ type: Type } & Fields & Partial<Optional>>;
}

const message = frame(
  "message",
  { seq: count, room: text, from: text, text, time },
  { action: fc.constant(true as const), notice: fc.constant(true as const) },
);

/** Every kind of frame that a server sends, with any texts. */
const FRAMES: FrameArbitraries = {
  server: frame("server", { server: text, protocol: count }, {
    needs: fc.constant<"serverPassword"[]>(["serverPassword"]),
    limits: fc.record({ perSecond: count, burst: count }, { noNullPrototype: true }),
  }),
  welcome: frame("welcome", {
    name: text,
    rooms: fc.array(
      fc.record({ room: text, seq: count, topic: text }, {
        requiredKeys: ["room", "seq"],
        noNullPrototype: true,
      }),
    ),
    server: text,
    session: text,
  }, { resumed: fc.constant(true as const) }),
  message,
  whisper: frame("whisper", { from: text, to: text, text, time }, {
    number: count,
    notice: fc.constant(true as const),
  }),
  // Of a message or of a whisper, never of both.
  ack: fc.oneof(
    frame("ack", { id: text, room: text, seq: count }),
    frame("ack", { id: text, to: text }),
  ),
  joined: frame("joined", { room: text, name: text, time }, { seq: count, topic: text }),
  left: frame("left", { room: text, name: text, time }, {
    reason: text,
    to: text,
    online: fc.constant(true as const),
    by: text,
  }),
  presence: frame("presence", { room: text, joined: count, left: count, members: count, time }),
  renamed: frame("renamed", { room: text, from: text, to: text, time }),
  users: frame("users", {
    room: text,
    total: count,
    users: fc.array(
      fc.record(
        { name: text, away: text, address: text },
        { noNullPrototype: true, requiredKeys: ["name"] },
      ),
      { maxLength: 3 },
    ),
  }, { unasked: fc.constant(true as const), topic: text, nameless: count }),
  rooms: frame("rooms", {
    total: count,
    rooms: fc.array(
      fc.record({ name: text, members: count, topic: text }, {
        noNullPrototype: true,
        requiredKeys: ["name", "members"],
      }),
      { maxLength: 3 },
    ),
  }),
  bans: frame("bans", {
    total: count,
    bans: fc.array(
      fc.record({
        kind: fc.constantFrom<BanInfo["kind"][]>("name", "address"),
        target: text,
        by: text,
        until: time,
        reason: text,
      }, { noNullPrototype: true, requiredKeys: ["kind", "target", "by"] }),
      { maxLength: 3 },
    ),
  }),
  history: frame("history", {
    room: text,
    messages: fc.array(message.map((message) => ({ ...message })), { maxLength: 3 }),
    more: fc.boolean(),
  }),
  search: frame("search", {
    room: text,
    words: text,
    messages: fc.array(message.map((message) => ({ ...message })), { maxLength: 3 }),
    more: fc.boolean(),
  }, { before: count }),
  topic: frame("topic", { room: text, text }, { by: text, time }),
  account: fc.oneof(
    frame("account", { room: text, name: text, time, loggedIn: fc.boolean() }),
    frame("account", { room: text, name: text, time, operator: fc.boolean() }),
  ),
  away: frame("away", { room: text, name: text }, { text }),
  offered: frame("offered", { file: count, from: text, to: text, name: text, size: count, time }),
  withdrawn: frame("withdrawn", {
    file: count,
    reason: fc.constantFrom<WithdrawReason>("withdrawn", "gone", "expired"),
  }),
  accepted: frame("accepted", { file: count, transfer: count, by: text }),
  refused: frame("refused", { file: count, by: text }),
  chunk: frame("chunk", { transfer: count, data: fc.base64String() }),
  received: frame("received", { transfer: count, bytes: count }),
  finish: frame("finish", { transfer: count, sha256: text }),
  complete: frame("complete", { transfer: count }),
  cancelled: frame("cancelled", {
    transfer: count,
    reason: fc.constantFrom<CancelReason>("cancelled", "gone", "stalled", "broken"),
    text,
  }),
  notice: frame("notice", { text }),
  skipped: frame("skipped", { room: text, count, from: count, to: count }),
  error: frame(
    "error",
    { code: fc.constantFrom<ErrorCode>("text_empty", "name_taken"), text },
    { ref: text },
  ),
  pong: frame("pong", { t: count }),
  ping: frame("ping", { t: count }),
  bye: frame("bye", {
    reason: fc.constantFrom<ByeReason>("quit", "shutdown", "restart", "kicked", "replaced"),
    text,
  }),
};

/** Any frame of a server, with any texts in it. */
export const anyServerFrame: fc.Arbitrary<ServerFrame> = fc.oneof(...Object.values(FRAMES))
  // A null prototype is no part of what a frame says, but of what is equal.
  .map((frame) => ({ ...frame }));

/** Any message, with any texts in it. */
export const anyMessage = FRAMES.message.map((frame) => ({ ...frame }));
