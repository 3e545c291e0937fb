import {
  type ByteString,
  historyTitle,
  ircLine,
  type MessageFrame,
  parseIrcLine,
  type ProtocolError,
  protocolError,
  type ServerFrame,
} from "../../protocol/mod.ts";
import type { Chat } from "../chat/chat.ts";
import type { Rights } from "../chat/member.ts";
import type { Room } from "../chat/room.ts";
import type { WhisperFrame } from "../storage/store.ts";
import type { IrcCommand, IrcCommands, IrcContext } from "./command.ts";
import { asWord, IrcClient, type IrcHost } from "./irc_client.ts";
import { HISTORY_COMMANDS } from "./history_commands.ts";
import { MESSAGE_COMMANDS } from "./message_commands.ts";
import { LabeledResponse } from "./labeled_response.ts";
import { Monitor } from "./monitor.ts";
import { sendMessages } from "./playback.ts";
import { sendLoggedIn, sendLoggedOut, sendOperatorMode } from "./own_rights.ts";
import { IrcRegistration } from "./registration.ts";
import { REGISTRATION_COMMANDS } from "./registration_commands.ts";
import { ROOM_COMMANDS } from "./room_commands.ts";
import { RoomEntry } from "./room_entry.ts";
import { sendList, sendNames, sendTopic } from "./room_replies.ts";
import { sendGreeting, SERVER_COMMANDS } from "./server_commands.ts";
import { USER_COMMANDS } from "./user_commands.ts";

/** All commands of IRC. */
export const IRC_COMMANDS: IrcCommands = {
  ...REGISTRATION_COMMANDS,
  ...MESSAGE_COMMANDS,
  ...HISTORY_COMMANDS,
  ...ROOM_COMMANDS,
  ...USER_COMMANDS,
  ...SERVER_COMMANDS,
};

/**
 * The IRC side of a session: lines of IRC in, frames of the session out as lines of IRC.
 *
 * Lines for rooms are not made here, but once for all members of a room: see `IrcCodec`.
 */
export class IrcSession {
  readonly #client: IrcClient;
  readonly #context: IrcContext;
  /** The response to a command that continues. */
  #response: LabeledResponse | undefined;

  constructor(host: IrcHost, chat: Chat) {
    const client = new IrcClient(host, chat);
    this.#client = client;
    const registration = new IrcRegistration(client);
    const [entry, monitor] = [new RoomEntry(client), new Monitor(client)];
    this.#context = { client, registration, entry, monitor };
  }

  /** Handles a line of the client. */
  handle(bytes: ByteString): void {
    const parsed = parseIrcLine(bytes);
    if (parsed === undefined) return;
    if (parsed.fault === "too long") return this.refuseTooLong();
    const client = this.#client;
    if (parsed.fault !== undefined) {
      return client.fail("*", "INVALID_UTF8", "", protocolError("invalid_utf8").text);
    }
    const { command: name, params } = parsed.line;
    const command = Object.hasOwn(IRC_COMMANDS, name) ? IRC_COMMANDS[name] : undefined;
    client.begin(name);
    this.#respond(parsed.line.label, () => {
      const number = refusalOf(command, params.length, client.isRegistered);
      if (number !== undefined) client.reply(number, ...REFUSALS[number](asWord(name)));
      else command!.run(this.#context, params);
    });
  }

  /** Runs a command, whose answers get its label, if any. */
  #respond(label: string | undefined, run: () => void): void {
    const client = this.#client;
    const { host, capabilities } = client;
    const isLabeled = capabilities.has("labeled-response") && capabilities.has("batch");
    if (!isLabeled || !LabeledResponse.accepts(label)) return run();
    const response = new LabeledResponse(label, client.nextBatch());
    const add = (bytes: ByteString) => response.add(bytes);
    host.changeAnswers(add);
    try {
      run();
    } finally {
      host.changeAnswers(undefined);
    }
    if (!host.isWorking) return client.write(response.end());
    client.write(response.begin());
    this.#response = response;
    host.changeAnswers(add);
  }

  refuseTooLong(): void {
    const text =
      "The line is too long and was not handled: it may have 510 bytes, and its tags 4094.";
    this.#client.reply("417", "", text);
  }

  /** Sends a frame of the session. */
  send(frame: ServerFrame): void {
    const client = this.#client;
    const { registration } = this.#context;
    switch (frame.type) {
      case "welcome":
        sendGreeting(client);
        return registration.welcomed();
      case "error":
        return client.isRegistered ? client.refuse(frame) : registration.refused(frame);
      case "notice":
        return client.isQuiet ? undefined : client.sendFrame(frame);
      case "topic":
        return sendTopic(client, frame);
      case "rooms":
        return sendList(client, frame);
      case "users": {
        const room = client.member.memberships.find(frame.room);
        return room && sendNames(client, room);
      }
      case "search":
        client.notice(historyTitle(frame));
        return sendMessages(client, frame.room, frame.messages);
      case "history":
        return sendMessages(client, frame.room, frame.messages);
    }
    client.sendFrame(frame);
  }

  /** Sends the client its own message, if it has asked for that. */
  echo(frame: MessageFrame | WhisperFrame): void {
    const client = this.#client;
    if (client.capabilities.has("echo-message")) client.sendFrame(frame);
  }

  /** The client has logged in or out, or has become an operator, or is none any more. */
  rightsChanged(before: Rights & { readonly name: string }): void {
    const client = this.#client;
    const { name, isAuthenticated, isOperator } = client.member;
    if (!isAuthenticated) {
      if (before.isAuthenticated) sendLoggedOut(client);
    } else if (!before.isAuthenticated || name !== before.name) sendLoggedIn(client, name);
    if (isOperator !== before.isOperator) sendOperatorMode(client);
  }

  /** The client has entered a room. */
  entered(room: Room): void {
    this.#context.entry.entered(room);
  }

  /** The work of the current command is done. */
  workDone(): void {
    this.#client.workDone();
    const response = this.#response;
    this.#response = undefined;
    if (response === undefined) return;
    this.#client.host.changeAnswers(undefined);
    this.#client.write(response.end());
  }

  /** Sends the reason why the connection is closed. */
  sendEnd({ code, text }: ProtocolError): void {
    if (code === "banned") this.#client.reply("465", "", text);
    this.#client.write(ircLine("ERROR", text));
  }

  /** The session has ended. */
  ended(): void {
    this.#context.registration.ended();
    this.#context.monitor.clear();
  }
}

const REFUSALS = {
  "421": (name: string) => [name, "Unknown command"],
  "451": () => ["", "Register first, with NICK and USER."],
  "461": (name: string) => [name, "Not enough parameters"],
  "462": () => ["", "You have registered already."],
} as const satisfies Record<string, (name: string) => readonly [middle: string, text: string]>;

/** The number of the error of a command whose preconditions are not met. */
function refusalOf(
  command: IrcCommand | undefined,
  params: number,
  isRegistered: boolean,
): keyof typeof REFUSALS | undefined {
  if (!isRegistered && command?.when === undefined) return "451";
  if (command === undefined) return "421";
  if (isRegistered && command.when === "before registration") return "462";
  return params < command.params ? "461" : undefined;
}
