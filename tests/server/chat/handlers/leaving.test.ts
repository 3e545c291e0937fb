import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  CONNECTION_LOST,
  MAX_MEMBERS_ANNOUNCED_BY_NAME,
  type ServerFrame,
} from "../../../../protocol/mod.ts";
import { answers, Chat, storeWithAccounts, type TestClient } from "../../chat.ts";

/** The `left` frames. */
const leftFrames = (person: TestClient) =>
  person.frames().filter((frame): frame is ServerFrame & { type: "left" } => frame.type === "left");

/** A chat with an operator, Alice and Bob. */
async function withOperator() {
  const chat = new Chat({ store: storeWithAccounts(["Op", "secret"]), operators: ["Op"] });
  const op = await chat.joinWithPassword("Op", "secret");
  return { chat, op, alice: chat.join("Alice"), bob: chat.join("Bob") };
}

Deno.test("leaving: the others get the reason of a program and of a text client", () => {
  const chat = new Chat();
  const [alice, nc] = [chat.join("Alice"), chat.join("Nc", "text")];
  chat.join("Bob").say({ type: "quit", reason: " x\n\x1b" + "y".repeat(500) });
  assertEquals(leftFrames(alice).map(({ reason }) => reason), [`x ${"y".repeat(197)}…`]);
  chat.join("Carol", "text").say("/quit gone fishing");
  assertEquals(leftFrames(alice).map(({ reason }) => reason), ["gone fishing"]);
  assertStringIncludes(nc.received(), "*** Carol has left the chat (gone fishing). ***\n");
  for (const frame of [{ type: "quit" }, { type: "quit", reason: " " }] as const) {
    chat.join("Dave").say(frame);
    assertEquals(leftFrames(alice).map(({ reason }) => reason), [undefined]);
    assertStringIncludes(nc.received(), "*** Dave has left the chat. ***\n");
  }
});

Deno.test("leaving: users who ignore the leaving one get no reason", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [chat.join("Alice"), chat.join("Bob"), chat.join("Carol")];
  alice.say({ type: "ignore", name: "Bob" });
  bob.say({ type: "quit", reason: "rude" });
  assertEquals(leftFrames(carol).map(({ reason }) => reason), ["rude"]);
  assertEquals(leftFrames(alice).map(({ name, reason }) => [name, reason]), [["Bob", undefined]]);
});

Deno.test("leaving: where many ignore the leaving user, the room gets no reason", () => {
  const chat = new Chat();
  const people = Array.from({ length: 18 }, (_, index) => chat.join(`user${index}`));
  const [carol, ...ignorers] = people;
  const leaveBefore = (count: number) => {
    const bob = chat.join("Bob");
    for (const ignorer of ignorers.slice(0, count)) ignorer.say({ type: "ignore", name: "Bob" });
    for (const person of people) person.frames();
    bob.say({ type: "quit", reason: "rude" });
    for (const ignorer of ignorers) {
      const reasons = leftFrames(ignorer).map(({ reason }) => reason);
      const getsReason = count === 16 && ignorer === ignorers.at(-1);
      assertEquals(reasons, [getsReason ? "rude" : undefined]);
    }
    return leftFrames(carol!).map(({ reason }) => reason);
  };
  assertEquals(leaveBefore(16), ["rude"]);
  assertEquals(leaveBefore(17), [undefined]);
});

Deno.test("leaving: users who ignore the leaving one get the reason of a lost connection", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  alice.say({ type: "ignore", name: "Bob" });
  chat.hub.unregister(bob.session.member!, { reason: CONNECTION_LOST });
  chat.flush();
  assertEquals(leftFrames(alice).map(({ reason }) => reason), [CONNECTION_LOST]);
});

Deno.test("leaving: the reason of a muted user is not sent", async () => {
  const { op, alice, bob } = await withOperator();
  op.say({ type: "mute", name: "Bob" });
  bob.say({ type: "quit", reason: "rude" });
  assertEquals(leftFrames(alice).map(({ name, reason }) => [name, reason]), [["Bob", undefined]]);
});

Deno.test("leaving: the others get kick and ban as such", async () => {
  const { chat, op, alice } = await withOperator();
  const nc = chat.join("Nc", "text");
  op.say({ type: "kick", name: "Bob" });
  assertEquals(nc.received(), "[12:00:00] *** Bob was kicked by Op. ***\n");
  const reasons = leftFrames(alice).map(({ by, banned, reason }) => [by, banned, reason]);
  assertEquals(reasons, [["Op", undefined, undefined]]);
  chat.join("Bob");
  op.say({ type: "ban", target: "Bob", duration: "1m", reason: "spam" });
  assertStringIncludes(nc.received(), "*** Bob was banned by Op (spam). ***\n");
  const [left] = leftFrames(alice);
  assertEquals([left?.by, left?.banned, left?.reason], ["Op", true, "spam"]);
});

Deno.test("leaving: operators can kick themselves with force", async () => {
  const { op, alice } = await withOperator();
  const [error] = answers(op, { type: "kick", name: "op" });
  assertEquals(error, {
    type: "error",
    code: "not_oneself",
    text: "You cannot kick yourself. /kick Op --force does it all the same.",
  });
  op.say({ type: "kick", name: "op", force: true });
  assertEquals(op.session.isEnded, true);
  assertEquals(op.frames().at(-1)?.type, "bye");
  assertEquals(leftFrames(alice).map(({ name, by }) => [name, by]), [["Op", "Op"]]);
});

Deno.test("leaving: in a large room kicks are announced by name, and not counted as presence", async () => {
  const { chat, op, alice, bob } = await withOperator();
  const init = { session: 0, address: "", isAuthenticated: false, isOperator: false };
  const room = bob.session.member!.memberships.only!;
  for (let count = room.members.size; count <= MAX_MEMBERS_ANNOUNCED_BY_NAME; count++) {
    chat.hub.reserve({ ...init, name: `user${count}` }, [{ room, since: room.seq }], false);
  }
  assertEquals(room.announcesByName, false);
  room.takePresence(0);
  alice.frames();
  op.say({ type: "kick", name: "Bob" });
  assertEquals(leftFrames(alice).map(({ name, by }) => [name, by]), [["Bob", "Op"]]);
  assertEquals(room.takePresence(1_000_000), undefined);
});
