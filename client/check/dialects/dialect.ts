import type { CheckClient } from "../check_client.ts";
import type { Greeting } from "../greeting.ts";

/** An echo server: it sends back what it gets. */
export interface EchoDialect {
  readonly kind: "echo";
  /** What it is, for people. */
  readonly title: string;
  /** What it says first on every connection; `undefined` where that is nothing. */
  readonly greeting: Greeting | undefined;
  /** What stands before every line that comes back. */
  readonly prefix: string;
  /** True when it closes the connection after one message. */
  readonly isOnce: boolean;
  /** The bytes that have to come back. */
  reply(message: string): string;
}

/** A chat: what one says the others get. */
export interface ChatDialect {
  readonly kind: "chat";
  /** What it is, for people. */
  readonly title: string;
  /** True when people give their names. */
  readonly hasNames: boolean;
  /** True when it passes on ASCII only. */
  readonly isAsciiOnly: boolean;
  /** True when a line that starts with a slash may be a command. */
  readonly hasCommands: boolean;
  /**
   * Gives a name and waits until the server has taken it.
   *
   * @returns false when it was refused.
   */
  enter(client: CheckClient, name: string): Promise<boolean>;
  /** A message as the others see it. */
  said(name: string, text: string): RegExp;
  /** The notice that somebody came. */
  joined(name: string): RegExp;
  /** The notice that somebody left. */
  left(name: string): RegExp;
}

/** Any of them. */
export type Dialect = EchoDialect | ChatDialect;
