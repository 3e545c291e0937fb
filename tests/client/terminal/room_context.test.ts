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
  const room = { name: "lobby", isCurrent: (name: string) => name === room.name };
  const context = new RoomContext(
    {
      name: "Alice",
      address: "chat:8080",
      isConnected: true,
      joinedRooms: ["lobby", "tea"],
      post: (frame) => void sent.push(frame),
    },
    room,
    (text) => void notices.push(text),
  );
  context.receive(welcome("Alice"));
  return { context, room, sent, notices };
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
    const { context, room } = joined();
    const failed = context.request(kind);
    context.request(kind);
    failed();
    assertEquals(context.receive(LISTS[kind]), false);
    failed();
    assertEquals(context.receive(LISTS[kind]), true);
    const last = context.request(kind);
    last();
    room.name = "tea";
    context.receive({ type: "joined", room: "tea", name: "Alice", time: 1, seq: 0 });
    assertEquals(context.receive({ ...LISTS[kind], room: "tea" } as ServerFrame), false);
  });
}

Deno.test("room context: the status line follows after a refusal of another request", () => {
  const { context, notices } = joined();
  for (const ref of ["of another", undefined]) context.receive(error(ref));
  context.receive(LISTS.users);
  assertEquals(notices, ["You are in the room lobby on chat:8080 with 1 other: Bob."]);
});

/** The frames that the context has sent since the last call, without their ids. */
function requestsOf(sent: ClientFrame[]) {
  return sent.splice(0).map(({ id: _, ...frame }) => frame);
}

Deno.test("room context: a room is presented when the user turns to it for the first time", () => {
  const { context, room, sent, notices } = joined();
  context.receive(LISTS.users);
  notices.length = 0;
  sent.length = 0;
  context.receive(
    {
      ...welcome("Alice"),
      rooms: [
        { room: "lobby", seq: 0, topic: "It is in the line of the welcome" },
        { room: "tea", seq: 7, topic: "Cake" },
      ],
    } as ServerFrame,
  );
  assertEquals(requestsOf(sent), [{ type: "users", room: "lobby" }, { type: "rooms" }]);
  room.name = "tea";
  context.turned();
  const history = { type: "history", room: "tea", limit: 15, before: 8 };
  assertEquals(requestsOf(sent), [history, { type: "users", room: "tea" }] as ClientFrame[]);
  // Between rooms no order is promised.
  assertEquals(context.receive({ ...LISTS.users, room: "tea" } as ServerFrame), false);
  const presented = ["You are in the room tea on chat:8080 with 1 other: Bob.", "Topic: Cake"];
  assertEquals(notices, presented);
  assertEquals(context.receive(LISTS.users), false);
  const lobby = "You are in the room lobby on chat:8080 with 1 other: Bob.";
  assertEquals(notices, [...presented, lobby]);
  context.turned();
  assertEquals(requestsOf(sent), [{ type: "users", room: "tea" }]);
  assertEquals(context.receive({ ...LISTS.users, room: "tea" } as ServerFrame), false);
  assertEquals(notices.length, 3, "only once");
});

Deno.test("room context: a room that was entered meanwhile waits for the user to turn to it", () => {
  const { context, sent, notices } = joined();
  sent.length = 0;
  const entered: ServerFrame = { type: "joined", room: "tea", name: "Alice", time: 1, seq: 2 };
  assertEquals(context.receive(entered), true, "there is a line about it");
  assertEquals(sent, []);
  context.receive(LISTS.users);
  assertEquals(notices, ["You are in the room lobby on chat:8080 with 1 other: Bob."]);
});

Deno.test("room context: rooms are completed by what can be done with them", () => {
  const { context, room } = joined();
  context.receive(LISTS.users);
  context.receive({
    type: "rooms",
    total: 1,
    rooms: [{ name: "lobby", members: 2 }, { name: "den", members: 1 }],
  });
  const complete = (text: string) => context.complete({ text, cursor: text.length }, false)?.text;
  assertEquals(complete("/join d"), "/join den");
  assertEquals(complete("/join t"), "/join tea");
  assertEquals(complete("/room #t"), "/room tea");
  assertEquals([complete("/room l"), complete("/room d")], [undefined, undefined]);
  assertEquals(complete("/leave lo"), "/leave lobby");
  room.name = "tea";
  context.turned();
  assertEquals(complete("/room "), "/room lobby");
  assertEquals(complete("/w B"), "/w Bob ", "users of the other rooms are known");
  context.receive({ type: "message", seq: 1, room: "lobby", from: "Carol", text: "hi", time: 1 });
  assertEquals(complete("/w C"), "/w Carol ");
});

Deno.test("room context: after a reconnect the status line of a room is shown once", () => {
  const { context, room, sent } = joined();
  context.connectionChanged({ type: "connection", state: "lost", text: "", retryMilliseconds: 1 });
  room.name = "tea";
  sent.length = 0;
  context.connectionChanged({
    type: "connection",
    state: "restored",
    resumed: false,
    uncertain: 0,
  });
  context.receive({ type: "joined", room: "tea", name: "Alice", time: 1, seq: 0 });
  assertEquals(requestsOf(sent), [{ type: "users", room: "tea" }, { type: "rooms" }]);
});
