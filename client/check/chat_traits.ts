import type { CheckContext } from "./check.ts";
import type { ChatDialect } from "./dialects/dialect.ts";
import { asksForPassword } from "./recognise.ts";

/** Time for a reaction that a server may not have at all, in milliseconds. */
const SILENCE_MILLISECONDS = 500;

/** The properties of a chat that a load tester needs. */
export interface ChatTraits {
  /** True when a client that gives its name at once, and is alone, is sent something. */
  readonly isGreeted: boolean;
  /** True when it asks for a password once it has the name; then nothing more is known. */
  readonly asksForPassword: boolean;
  /** True when a message also comes back to its sender. */
  readonly sendsBack: boolean;
}

/** Finds out by a trial how a chat treats clients that join and clients that send. */
export async function chatTraits(
  context: CheckContext,
  dialect: ChatDialect,
): Promise<ChatTraits> {
  const alone = await context.connect();
  if (dialect.hasNames) await alone.send(`${context.name("Ann")}\n`);
  const isGreeted = await alone.until((received) => received !== "", SILENCE_MILLISECONDS);

  const [sender, receiver] = [await context.connect(), await context.connect()];
  await dialect.enter(sender, context.name("Bob"));
  if (asksForPassword(sender.received)) {
    return { isGreeted, asksForPassword: true, sendsBack: false };
  }
  await dialect.enter(receiver, context.name("Eve"));
  const text = context.text();
  const hasCome = (received: string) => received.includes(text);
  await sender.send(`${text}\n`);
  await receiver.until(hasCome);
  return {
    isGreeted,
    asksForPassword: false,
    sendsBack: await sender.until(hasCome, SILENCE_MILLISECONDS),
  };
}
