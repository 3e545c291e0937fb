import type { IrcClient } from "./irc_client.ts";
import type { Monitor } from "./monitor.ts";
import type { IrcRegistration } from "./registration.ts";
import type { RoomEntry } from "./room_entry.ts";

/** The parts of an IRC session that commands use. */
export interface IrcContext {
  readonly client: IrcClient;
  readonly registration: IrcRegistration;
  readonly entry: RoomEntry;
  readonly monitor: Monitor;
}

/** A command of IRC: its preconditions and its action. */
export interface IrcCommand {
  /** Minimum number of parameters. */
  readonly params: number;
  /** By default only after the registration. */
  readonly when?: "always" | "before registration";
  run(context: IrcContext, params: readonly string[]): void;
}

/** Commands by their names in upper case. */
export type IrcCommands = Readonly<Record<string, IrcCommand>>;
