/** Sessions that are resumed: what their tests have in common. */

import { assert } from "@std/assert";
import type { Resume, ServerFrame } from "../../../protocol/mod.ts";
import { Chat, type Person } from "../chat.ts";

/** The grace period. */
export const GRACE = 10_000;
/** How long a session is kept. */
export const KEPT = 5 * 60_000;

/** What a client remembers of its session: its token, and what has arrived. */
export type Remembered = Partial<Omit<Resume, "session">> & { readonly session: string };

/** Resumes a session over a new connection. */
export function resume(chat: Chat, { seq = 0, ...remembered }: Remembered, name = "Alice"): Person {
  const person = chat.connect();
  person.say({ type: "hello", name, resume: { seq, ...remembered } });
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
export const typesOf = (person: Person) => person.frames().map(({ type }) => type);
