/** Helpers of the tests of resumed sessions. */

import { assert } from "@std/assert";
import type { Resume, ServerFrame } from "../../../protocol/mod.ts";
import { Chat, type TestClient } from "../chat.ts";

/** The grace period. */
export const GRACE = 10_000;
/** Time for which a session is kept. */
export const KEPT = 5 * 60_000;

/** The state of a session on the client: its token, and the last received numbers. */
export type Remembered = Partial<Omit<Resume, "session">> & { readonly session: string };

/** Resumes a session over a new connection; by default from the start of the lobby. */
export function resume(
  chat: Chat,
  { rooms = { lobby: 0 }, ...remembered }: Remembered,
  name = "Alice",
): TestClient {
  const person = chat.connect();
  person.say({ type: "hello", name, resume: { rooms, ...remembered } });
  return person;
}

/** Alice and Bob in the lobby; the token of Alice's session. */
export function aliceAndBob(chat = new Chat()) {
  const alice = chat.connect();
  alice.say({ type: "hello", name: "Alice" });
  const [welcome] = alice.frames();
  assert(welcome?.type === "welcome");
  const bob = chat.join("Bob");
  alice.frames();
  return { chat, alice, bob, session: welcome.session };
}

/** The texts of frames that have one. */
export const textsOf = (frames: readonly ServerFrame[]) =>
  frames.flatMap((frame) => "text" in frame ? [frame.text] : []);

/** The types of the frames since the last call. */
export const typesOf = (person: TestClient) => person.frames().map(({ type }) => type);
