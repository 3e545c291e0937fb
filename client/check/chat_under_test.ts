import { type CheckContext, CheckFailure, CheckSkipped, excerpt } from "./check.ts";
import { type CheckClient, literal } from "./check_client.ts";
import type { ChatDialect } from "./server_kinds.ts";
import { asksForPassword } from "./recognise.ts";

/** A client that has joined the chat. */
export interface Person {
  readonly name: string;
  readonly client: CheckClient;
}

/** Connects a client and joins with a name. */
export async function enter(
  context: CheckContext,
  dialect: ChatDialect,
  stem: string,
): Promise<Person> {
  return await enterWith(context, dialect, stem, await context.connect());
}

/** Joins with a name on a connection. */
export async function enterWith(
  context: CheckContext,
  dialect: ChatDialect,
  stem: string,
  client: CheckClient,
): Promise<Person> {
  if (context.obstacle !== undefined) throw new CheckSkipped(context.obstacle);
  const name = context.name(stem);
  const isIn = await dialect.enter(client, name);
  if (asksForPassword(client.received)) {
    context.obstacle = "the server asks for a password";
    throw new CheckFailure("it asks for a password when it has the name");
  }
  if (!isIn) {
    throw new CheckFailure(`"${name}" did not get in; the server sent ${excerpt(client.received)}`);
  }
  return { name, client };
}

/** Joins with two clients, Ann and Bob. */
export async function annAndBob(
  context: CheckContext,
  dialect: ChatDialect,
): Promise<[Person, Person]> {
  return [await enter(context, dialect, "Ann"), await enter(context, dialect, "Bob")];
}

/** How many times a client has received a message. */
export function timesSeen(
  { isUnsigned }: CheckContext,
  dialect: ChatDialect,
  by: Person,
  from: Person,
  text: string,
): number {
  const said = isUnsigned ? new RegExp(literal(text), "g") : dialect.said(from.name, text);
  return by.client.received.match(said)?.length ?? 0;
}

/** Waits until a client has received a message. */
export function sees(
  context: CheckContext,
  dialect: ChatDialect,
  by: Person,
  from: Person,
  text: string,
  milliseconds?: number,
): Promise<boolean> {
  return by.client.until(() => timesSeen(context, dialect, by, from, text) > 0, milliseconds);
}

/** Sends a message and waits until another client has it: earlier messages have arrived by then. */
export async function deliver(
  context: CheckContext,
  dialect: ChatDialect,
  from: Person,
  to: Person,
): Promise<string> {
  const text = context.text();
  const before = to.client.received.length;
  await from.client.send(`${text}\n`);
  if (!await sees(context, dialect, to, from, text)) {
    const got = excerpt(to.client.received.slice(before));
    const why = to.client.isEnded
      ? "before the server closed the connection"
      : `in ${context.patience}`;
    throw new CheckFailure(`a message did not arrive ${why}; what came is ${got}`);
  }
  return text;
}

/** Whether a client receives a notice. */
export function isNoticed(by: Person, since: number, notice: RegExp): Promise<boolean> {
  return by.client.until((received) => notice.test(received.slice(since)));
}

/** Whether a message reaches another client without its sender's name. */
export async function isUnsigned(
  context: CheckContext,
  dialect: ChatDialect,
  from: Person,
  to: Person,
): Promise<boolean> {
  const text = context.text();
  await from.client.send(`${text}\n`);
  const hasCome = await to.client.until((received) => received.includes(text));
  return hasCome && timesSeen(context, dialect, to, from, text) === 0;
}

/** Whether a message came without a line feed behind it, though more text followed. */
export function hasNoEnd({ client: { received } }: Person, text: string): boolean {
  const rest = received.slice(received.indexOf(text) + text.length);
  return rest !== "" && !rest.includes("\n");
}

/**
 * Connects a guest, and checks whether a client in the chat gets a notice.
 *
 * @returns the guest; `undefined` when the server announces no joins.
 */
export async function announcesJoins(
  context: CheckContext,
  dialect: ChatDialect,
  by: Person,
): Promise<Person | undefined> {
  if (context.isUnannounced) return undefined;
  const before = by.client.received.length;
  const guest = await enter(context, dialect, "Guest");
  if (await isNoticed(by, before, dialect.joined(guest.name))) return guest;
  context.isUnannounced = true;
  return undefined;
}

/**
 * Checks that the others get a notice when a client leaves, and that the chat continues.
 *
 * @returns false when the server announces neither joins nor leaves.
 */
export async function checkLeaving(
  context: CheckContext,
  dialect: ChatDialect,
  leave: (client: CheckClient) => void,
): Promise<boolean> {
  const [ann, bob] = await annAndBob(context, dialect);
  const guest = await announcesJoins(context, dialect, ann);
  const leaver = guest ?? await enter(context, dialect, "Guest");
  const before = ann.client.received.length;
  leave(leaver.client);
  const isTold = !context.isSilent && await isNoticed(ann, before, dialect.left(leaver.name));
  await deliver(context, dialect, bob, ann);
  await enter(context, dialect, "Late");
  if (isTold && guest === undefined) {
    throw new CheckFailure("who leaves is announced, but not who comes");
  }
  if (isTold) return true;
  if (guest === undefined) {
    context.isSilent = true;
    return false;
  }
  throw new CheckFailure(`nobody was told in ${context.patience}, though it announces who comes`);
}
