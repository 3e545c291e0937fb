/** Attempts to join a chat, for the tests of the authenticator. */

import { assert } from "@std/assert";
import type { ClientFrameOf } from "../../../protocol/mod.ts";
import type { LoginResult } from "../../../server/chat/authenticator.ts";
import type { Chat } from "../chat.ts";

/** Address of the clients that try to join. */
export const ADDRESS = "192.0.2.1";

type Hello = Partial<ClientFrameOf<"hello">>;

/** The outcome of an attempt, in short. */
function summaryOf(outcome: LoginResult): string {
  if (outcome.refused !== undefined) return `${outcome.refused.code}, asks ${outcome.asks}`;
  const { welcome } = outcome;
  if (welcome.resumed !== undefined) return `resumed ${welcome.resumed.name}`;
  const { name, rooms, isAuthenticated, isOperator, notResumed } = welcome;
  return [
    name,
    rooms[0]!.name,
    isAuthenticated && "known",
    isOperator && "operator",
    notResumed?.code,
  ]
    .filter(Boolean).join(" ");
}

/** Tries to join while places are free. */
export function attempt(
  { server: { authenticator } }: Chat,
  hello: Hello,
  address = ADDRESS,
): LoginResult | Promise<LoginResult> {
  const takePlace = () => undefined;
  return authenticator.logIn({ type: "hello", name: "Alice", ...hello }, address, takePlace);
}

/** Tries to join, with an immediate answer. */
export function enter(chat: Chat, hello: Hello, address = ADDRESS): string {
  const outcome = attempt(chat, hello, address);
  assert(!(outcome instanceof Promise), "the answer is immediate");
  return summaryOf(outcome);
}

/** Tries to join, with a password check. */
export async function enterLater(chat: Chat, hello: Hello, address = ADDRESS): Promise<string> {
  const outcome = attempt(chat, hello, address);
  assert(outcome instanceof Promise, "the answer is asynchronous");
  return summaryOf(await outcome);
}
