import { assertEquals } from "@std/assert";
import { RoomContext } from "../../../client/terminal/room_context.ts";
import type { ClientFrame, ServerFrame } from "../../../protocol/mod.ts";
import { welcome } from "../fakes.ts";

const LISTS: Readonly<Record<"users" | "rooms", ServerFrame>> = {
  users: { type: "users", room: "lobby", total: 2, users: [{ name: "Alice" }, { name: "Bob" }] },
  rooms: { type: "rooms", total: 1, rooms: [{ name: "lobby", members: 2 }] },
};

/** The context of a client that has joined, its sent frames and its notices. */
function joined() {
  const sent: ClientFrame[] = [];
  const notices: string[] = [];
  const context = new RoomContext({
    name: "Alice",
    address: "chat:8080",
    isConnected: true,
    post: (frame) => void sent.push(frame),
  }, (text) => void notices.push(text));
  context.receive(welcome("Alice"));
  return { context, sent, notices };
}

const error = (ref: string | undefined): ServerFrame => ({
  type: "error",
  code: "too_busy",
  text: "Try again.",
  ...(ref === undefined ? undefined : { ref }),
});

for (const kind of ["users", "rooms"] as const) {
  Deno.test(`room context: only lists that the user requested are shown: ${kind}`, () => {
    const { context } = joined();
    context.request(kind);
    assertEquals(context.receive(LISTS[kind]), false);
    assertEquals(context.receive(LISTS[kind]), true);
  });

  Deno.test(`room context: a refused request of the client shifts no later one: ${kind}`, () => {
    const { context, sent } = joined();
    const { id } = sent.find(({ type }) => type === kind)!;
    assertEquals(context.receive(error(id)), true);
    context.request(kind);
    assertEquals(context.receive(LISTS[kind]), true);
  });

  Deno.test(`room context: a refused request of the user shifts no later one: ${kind}`, () => {
    const { context } = joined();
    const failed = context.request(kind);
    context.request(kind);
    failed();
    assertEquals(context.receive(LISTS[kind]), false);
    failed();
    assertEquals(context.receive(LISTS[kind]), true);
    const last = context.request(kind);
    last();
    context.receive({ type: "joined", room: "tea", name: "Alice", time: 1, seq: 0 });
    assertEquals(context.receive(LISTS[kind]), false);
  });
}

Deno.test("room context: the status line follows after a refusal of another request", () => {
  const { context, notices } = joined();
  for (const ref of ["of another", undefined]) context.receive(error(ref));
  context.receive(LISTS.users);
  assertEquals(notices, ["You are in the room lobby on chat:8080 with 1 other: Bob."]);
});
