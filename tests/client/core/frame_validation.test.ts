import { assertEquals } from "@std/assert";
import { usableFrame } from "../../../client/core/frame_validation.ts";
import type { ServerFrame } from "../../../protocol/mod.ts";

const use = (frame: unknown) => usableFrame(frame as ServerFrame) as unknown;

const FRAMES: ServerFrame[] = [
  { type: "server", server: "a", protocol: 0 },
  { type: "welcome", name: "a", rooms: [{ room: "b", seq: 0 }], server: "c", session: "d" },
  { type: "message", seq: 1, room: "b", from: "c", text: "d", time: 2 },
  { type: "whisper", from: "a", to: "b", text: "c", time: 1 },
  { type: "ack", id: "1" },
  { type: "joined", room: "a", name: "b", time: 1 },
  { type: "left", room: "a", name: "b", time: 1 },
  { type: "presence", room: "a", joined: 1, left: 2, members: 3, time: 4 },
  { type: "renamed", room: "a", from: "b", to: "c", time: 1 },
  { type: "users", room: "a", total: 1, users: [{ name: "b" }] },
  { type: "offered", file: 1, from: "a", to: "b", name: "c", size: 2, time: 3 },
  { type: "withdrawn", file: 1, reason: "expired" },
  { type: "accepted", file: 1, transfer: 2, by: "a" },
  { type: "refused", file: 1, by: "a" },
  { type: "chunk", transfer: 1, data: "AAAA" },
  { type: "received", transfer: 1, bytes: 3 },
  { type: "finish", transfer: 1, sha256: "0" },
  { type: "complete", transfer: 1 },
  { type: "cancelled", transfer: 1, reason: "gone", text: "a" },
  { type: "notice", text: "a" },
  { type: "skipped", room: "a", count: 1, from: 2, to: 3 },
  { type: "error", code: "text_empty", text: "a" },
  { type: "pong", t: 1 },
  { type: "ping", t: 1 },
  { type: "bye", reason: "quit", text: "a" },
];

for (const frame of FRAMES) {
  Deno.test(`${frame.type} passes whole, and not without one of its fields`, () => {
    assertEquals(use({ ...frame }), frame);
    for (const field of Object.keys(frame)) {
      if (field === "type" || (frame.type === "renamed" && field === "room")) continue;
      assertEquals(use({ ...frame, [field]: undefined }), undefined, field);
      assertEquals(use({ ...frame, [field]: {} }), undefined, field);
    }
  });
}

Deno.test("unknown types, and names of properties of every object, are refused", () => {
  for (const type of ["poll", "toString", "__proto__", ""]) assertEquals(use({ type }), undefined);
});

Deno.test("every text is cleaned: names on one line, texts on as many as they have", () => {
  assertEquals(
    use({ type: "left", room: "a\x1b", name: "b\nc", time: 1, reason: "\x9bd" }),
    { type: "left", room: "a", name: "b c", time: 1, reason: "d" },
  );
  assertEquals(use({ type: "notice", text: "a\r\nb\x07\u202e" }), { type: "notice", text: "a\nb" });
});

Deno.test("other values are removed from a list of users", () => {
  const users = [{ name: "a\x1b[2J" }, null, 5, { name: 7 }, {}, { name: "b", away: "lunch" }];
  assertEquals(
    use({ type: "users", room: "r", total: 6, users }),
    {
      type: "users",
      room: "r",
      total: 6,
      users: [{ name: "a[2J" }, { name: "b", away: "lunch" }],
    },
  );
});
