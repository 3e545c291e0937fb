/** The places of clients on a full server: who gets one, and who keeps what it had. */

import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../../../protocol/mod.ts";
import { promises, storeWithAccounts } from "../chat.ts";
import { Stage } from "../connections.ts";

type Connected = ReturnType<Stage["connect"]>;

/** Sends frames of a program, and handles them. */
function say(stage: Stage, { transport }: Connected, ...frames: object[]): void {
  transport.receive(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(""));
  stage.settle();
}

/** All frames that a program has got. */
const framesOf = ({ transport }: Connected): ServerFrame[] =>
  transport.written.split("\n").slice(0, -1).map((line) => JSON.parse(line));

/** What a program has got: the types of frames, and the codes of errors. */
const gotBy = (connected: Connected) =>
  framesOf(connected).map((frame) => frame.type === "error" ? frame.code : frame.type);

/** Alice has joined a server that is full now. */
function full() {
  const stage = new Stage();
  const alice = stage.connect({}, "", "json");
  say(stage, alice, { type: "hello", name: "Alice" });
  const [welcome] = framesOf(alice);
  assert(welcome?.type === "welcome");
  stage.fill();
  assertEquals(stage.admission.joined, 10);
  return { stage, alice, session: welcome.session };
}

const resuming = (session: string) => (
  { type: "hello", name: "Alice", resume: { session, rooms: { lobby: 0 } } }
);

Deno.test("places: a session on a full server takes the place of its former connection", () => {
  const { stage, alice, session } = full();
  using _stage = stage;
  const { pending } = stage.admission;
  const back = stage.connect({}, "", "json");
  say(stage, back, resuming(session));
  assertEquals(gotBy(back), ["welcome"]);
  assertEquals(gotBy(alice), ["welcome", "bye"]);
  assertEquals([stage.admission.joined, stage.admission.pending], [10, pending + 1]);
  alice.transport.close();
  assertEquals([stage.admission.joined, stage.admission.pending], [10, pending]);
  back.transport.close();
  assertEquals(stage.admission.joined, 9);
});

Deno.test("places: a half-closed connection, which holds its place, gives it up, too", () => {
  const { stage, alice, session } = full();
  using _stage = stage;
  alice.transport.endInput();
  stage.settle();
  assertEquals(stage.admission.joined, 10, "until it is closed");
  const back = stage.connect({}, "", "json");
  say(stage, back, resuming(session));
  assertEquals(gotBy(back), ["welcome"]);
  assertEquals(stage.admission.joined, 10);
});

Deno.test("places: however often a session is resumed, it has one place", () => {
  const { stage, session } = full();
  using _stage = stage;
  const connections = Array.from({ length: 30 }, () => {
    const back = stage.connect({}, "", "json");
    say(stage, back, resuming(session));
    assertEquals(stage.admission.joined, 10);
    assert(stage.admission.pending <= 10, "lingering connections are bounded as pending ones");
    return back;
  });
  for (const { transport } of connections.slice(0, -1)) transport.close();
  assertEquals([stage.admission.joined, stage.admission.pending], [10, 0]);
  connections.at(-1)!.transport.close();
  assertEquals(stage.admission.joined, 9);
});

Deno.test("places: a session without a place is refused on a full server, and can be resumed later", () => {
  const { stage, alice, session } = full();
  using _stage = stage;
  alice.transport.close();
  stage.settle();
  stage.fill();
  const refused = stage.connect({}, "", "json");
  say(stage, refused, resuming(session));
  assertEquals(gotBy(refused), ["server_full"]);
  assert(refused.transport.isEnded);
  assertEquals(stage.admission.joined, 10);
  stage.free();
  const back = stage.connect({}, "", "json");
  say(stage, back, resuming(session));
  assertEquals(framesOf(back).map((frame) => "resumed" in frame && frame.resumed), [true]);
});

Deno.test("places: others get the error of a full server with their first frame", () => {
  const { stage } = full();
  using _stage = stage;
  for (const hello of [{ type: "hello", name: "Bob" }, resuming("unknown")]) {
    const refused = stage.connect({}, "", "json");
    say(stage, refused, hello);
    assertEquals(gotBy(refused), ["server_full"]);
    assert(refused.transport.isEnded);
  }
  assertEquals(stage.metrics.refused.server_full, 2);
});

Deno.test("places: the holder of a name keeps it when the server is full after the check of the password", async () => {
  using stage = new Stage(storeWithAccounts(["Alice", "password1"]));
  const hello = { type: "hello", name: "Alice", password: "password1" };
  const alice = stage.connect({}, "", "json");
  say(stage, alice, hello);
  await promises();
  stage.settle();
  const other = stage.connect({}, "", "json");
  say(stage, other, hello);
  stage.fill();
  await promises();
  stage.settle();
  assertEquals(gotBy(other), ["server_full"]);
  assertEquals(gotBy(alice), ["welcome"]);
  assertEquals(stage.chat.hub.members.find("Alice")?.isConnected, true);
});

Deno.test("places: the holder of a name keeps its session when a new client is refused", () => {
  const { stage, alice } = full();
  using _stage = stage;
  const other = stage.connect({}, "", "json");
  stage.free();
  const { checkPlace } = other.ticket;
  // Full between the check and the place, as after a check of a password.
  other.ticket.checkPlace = () => {
    other.ticket.checkPlace = checkPlace;
    stage.fill();
    return undefined;
  };
  alice.transport.close();
  stage.settle();
  say(stage, other, { type: "hello", name: "Alice" });
  assertEquals(gotBy(other), ["server_full"]);
  assert(stage.chat.hub.members.find("Alice") !== undefined, "its session can be resumed");
});
