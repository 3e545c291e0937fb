import {
  type ByteString,
  type ClientFrame,
  IRC_SERVER,
  IrcCodec,
  ircLine,
  ircName,
  ircSource,
  nameOfIrc,
  type ProtocolError,
  type ServerFrame,
} from "../../protocol/mod.ts";
import type { Hello, LoginResult } from "../chat/authenticator.ts";
import type { Chat } from "../chat/chat.ts";
import type { HandlerSession } from "../chat/handlers/handler.ts";
import type { Member } from "../chat/member.ts";
import type { Encoder } from "../fanout/encoder.ts";
import { ircError } from "./replies.ts";

/** The session of an IRC client. */
export interface IrcHost extends HandlerSession {
  readonly isEnded: boolean;
  /** Sends bytes that answer the client. */
  answer(bytes: ByteString): void;
  /** Whether work of the current command continues later. */
  readonly isWorking: boolean;
  /** Changes the answers to the client from now on; `undefined` ends that. */
  changeAnswers(change: ((bytes: ByteString) => ByteString) | undefined): void;
  /** Sends bytes that another client causes; dropped for a client that reads too slowly. */
  inform(bytes: ByteString): void;
  /** Runs the action of a frame. @returns the error of a refused one. */
  request(frame: ClientFrame): ProtocolError | undefined;
  /** Decides about a login, which {@link finishLogin} completes. */
  checkLogin(hello: Hello): LoginResult | Promise<LoginResult>;
  finishLogin(result: LoginResult): void;
  /** Undoes an accepted login that is not completed. */
  undoLogin(result: LoginResult): void;
  /** Counts a refused password. */
  countRefusal(): void;
  /** Sends an error, and ends the session. */
  close(why: ProtocolError): void;
  /** Encodes the lines for rooms in another way from now on. */
  useEncoder(encoder: Encoder): void;
}

/**
 * One IRC client: its capabilities, what is sent to it, and the requests that its commands make.
 *
 * A command becomes frames of the protocol, whose actions and preconditions are those of all clients. Errors
 * become replies with a number.
 */
export class IrcClient {
  /** The negotiated capabilities. */
  readonly capabilities = new Set<string>();
  /** The name before the registration. */
  wantedNick: string | undefined;
  #codec: IrcCodec;
  /** The current command and its target, for errors. */
  #command = "";
  #target = "";
  /** True while the notices of an action are left out. */
  #isQuiet = false;
  #afterWork: (() => void) | undefined;
  #batches = 0;

  constructor(readonly host: IrcHost, readonly chat: Chat) {
    this.#codec = this.#createCodec();
  }

  /** The member. Only for commands of clients that have registered. */
  get member(): Member {
    return this.host.member!;
  }

  get isRegistered(): boolean {
    return this.host.member !== undefined;
  }

  /** The name in replies: `*` for none. */
  get nick(): string {
    return ircName(this.host.member?.name ?? this.wantedNick ?? "*");
  }

  get codec(): IrcCodec {
    return this.#codec;
  }

  /** True while a command replaces the notices of the chat by replies. */
  get isQuiet(): boolean {
    return this.#isQuiet;
  }

  /** The name of a batch that no other one of this client has. */
  nextBatch(): string {
    return String(++this.#batches);
  }

  /** The user with a name of IRC, if online. */
  find(nick: string): Member | undefined {
    const { members } = this.chat.hub;
    return members.find(nick) ?? members.find(nameOfIrc(nick));
  }

  /** A command begins. */
  begin(command: string): void {
    this.#command = command;
    this.#target = "";
    this.#afterWork = undefined;
  }

  write(bytes: ByteString): void {
    this.host.answer(bytes);
  }

  /** Sends a numeric reply. @param middle its parameters but the last, with spaces between them. */
  reply(number: string, middle: string, text?: string): void {
    const head = `:${IRC_SERVER} ${number} ${this.nick}${middle === "" ? "" : ` ${middle}`}`;
    this.write(ircLine(head, text));
  }

  /** Sends a line of the client itself, such as its change of mode. */
  replyAsSelf(command: string, text: string): void {
    this.write(ircLine(`${ircSource(this.nick)} ${command}`, text));
  }

  notice(text: string): void {
    this.sendFrame({ type: "notice", text });
  }

  /** Sends a frame that has a line in IRC. */
  sendFrame(frame: ServerFrame): void {
    this.write(this.#codec.encode(frame, this.nick));
  }

  /** Replies with an error that has a word instead of a number (IRCv3 standard replies). */
  fail(command: string, code: string, context: string, text: string): void {
    this.write(ircLine(`FAIL ${command} ${code}${context === "" ? "" : ` ${context}`}`, text));
  }

  /** Replies with an error. @param target what the command was about: a user or a room. */
  refuse(error: ProtocolError, target = this.#target): void {
    const { number, middle, text } = ircError(error, this.#command, asWord(target));
    this.reply(number, middle, text);
  }

  /**
   * Runs the action of a frame, and replies with its error.
   *
   * @param target what the frame is about: a user or a room.
   * @returns whether the frame was accepted.
   */
  request(frame: ClientFrame, target: string): boolean {
    this.#target = target;
    const error = this.attempt(frame);
    if (error !== undefined) this.refuse(error);
    return error === undefined;
  }

  /** Runs the action of a frame without its notices. @returns its error. */
  attempt(frame: ClientFrame): ProtocolError | undefined {
    this.#isQuiet = true;
    try {
      return this.host.request(frame);
    } finally {
      this.#isQuiet = false;
    }
  }

  /** Calls a function when the work that the current command starts is done. */
  afterWork(run: () => void): void {
    this.#afterWork = run;
  }

  /** The work of the current command is done. */
  workDone(): void {
    const run = this.#afterWork;
    this.#afterWork = undefined;
    if (!this.host.isEnded) run?.();
  }

  /** Switches capabilities on or off. */
  changeCapabilities(changes: ReadonlyMap<string, boolean>): void {
    for (const [name, isOn] of changes) {
      if (isOn) this.capabilities.add(name);
      else this.capabilities.delete(name);
    }
    this.#codec = this.#createCodec();
    this.host.useEncoder(this.chat.ircEncoders(this.capabilities));
  }

  #createCodec(): IrcCodec {
    return new IrcCodec(this.capabilities, (name) => this.chat.hub.members.find(name));
  }
}

/** A text of the client as one parameter of a reply: its first word, or `*`. */
export function asWord(text: string): string {
  const [word = ""] = text.split(" ", 1);
  return word === "" || word.startsWith(":") ? "*" : word;
}
