import {
  type ByteString,
  cleanBytes,
  parseInput,
  type ProtocolError,
  protocolError,
} from "../../protocol/mod.ts";
import type { AcceptedLogin, Hello, LoginQuestion, LoginResult } from "../chat/authenticator.ts";
import type { Chat } from "../chat/chat.ts";
import type { Member } from "../chat/member.ts";
import { AdmissionTicket } from "../network/admission.ts";
import { HASH_TOKENS } from "../scheduling/token_bucket.ts";
import { LoginPrompt } from "./login_prompt.ts";

/** A login that does not resume a session. */
export type NewLogin = Exclude<AcceptedLogin, { resumed: Member }>;

/** The session that logs in. */
export interface LoginHost {
  readonly ip: string;
  readonly isPerson: boolean;
  readonly isEnded: boolean;
  /** The `id` of the request, for its errors. */
  readonly requestId: string | undefined;
  write(prompt: string): void;
  sendError(error: ProtocolError, ref?: string): void;
  /** Handles no more input until the work is done. */
  wait(work: Promise<void>): void;
  chargeTokens(tokens: number): void;
  /** The login is accepted, and the client has its place. */
  join(welcome: AcceptedLogin): void;
  quit(): void;
  /** Sends an error, and ends the session. */
  close(why: ProtocolError, ref?: string): void;
}

/**
 * The login of one client: from its first answer, or its `hello`, to its place and its name.
 *
 * 1. A place is checked before a password, and taken before a name: no other client loses the name to
 *    one that is refused.
 * 2. The session may end, and another client may take the name, while a password is checked: the
 *    preparations of the authenticator are undone then.
 */
export class Login {
  readonly #prompt: LoginPrompt;

  constructor(
    private readonly host: LoginHost,
    private readonly ticket: AdmissionTicket,
    private readonly chat: Chat,
  ) {
    this.#prompt = new LoginPrompt(chat.authenticator.hasServerPassword);
  }

  /** Admits the client if a place is free, and prompts a user. @returns whether it is admitted. */
  start(): boolean {
    const { host, ticket } = this;
    // A program may resume a session, and so take the place of its own former connection.
    const refusal = host.isPerson ? ticket.checkPlace() : ticket.refusal;
    if (refusal === undefined) this.#sendPrompt();
    else host.close(refusal);
    return refusal === undefined;
  }

  /** Handles a user's answer to a prompt. */
  answer(line: ByteString): void {
    const text = cleanBytes(line);
    if (text === undefined) return this.#refuse(protocolError("invalid_utf8"));
    const command = text.trimStart().startsWith("/") ? parseInput(text.trim()) : undefined;
    if (command?.frame?.type === "quit") return this.host.quit();
    const hello = this.#prompt.answer(text);
    if (hello === undefined) this.#sendPrompt();
    else this.register(hello);
  }

  /** Handles a request to join. */
  register(hello: Hello): void {
    const { host } = this;
    const outcome = this.check(hello);
    if (!(outcome instanceof Promise)) return this.finish(outcome);
    host.chargeTokens(HASH_TOKENS);
    host.wait(outcome.then((result) => this.finish(result)));
  }

  /** Decides about a request to join, which {@link finish} completes, or {@link undo} takes back. */
  check(hello: Hello): LoginResult | Promise<LoginResult> {
    const { host, ticket, chat: { authenticator, resumption } } = this;
    const { resume } = hello;
    const mayResume = resume !== undefined && resumption.nameOf(resume.session) !== undefined;
    const refused = mayResume ? ticket.refusal : ticket.checkPlace();
    if (refused !== undefined) return { refused, asks: "nothing" };
    this.#prompt.expectResult(hello);
    const charge = (tokens: number) => host.chargeTokens(tokens);
    return authenticator.logIn(hello, host.ip, this.#takePlaceOf, charge);
  }

  /** Counts a refused attempt: the client is prompted again, or has used up its attempts. */
  countRefusal(): void {
    this.#prompt.countRefusal();
    if (this.#prompt.isOver) this.host.close(protocolError("too_many_refusals"));
    else this.#sendPrompt();
  }

  /** Joins if the login is accepted. */
  finish(outcome: LoginResult): void {
    const { host } = this;
    if (host.isEnded) return this.undo(outcome);
    if (outcome.refused !== undefined) {
      if (outcome.asks === "nothing") return host.close(outcome.refused, host.requestId);
      return this.#refuse(outcome.refused, outcome.asks);
    }
    const { welcome } = outcome;
    if (welcome.resumed !== undefined) return host.join(welcome);
    const error = this.#nameFault(welcome) ?? this.#roomFault(welcome);
    if (error !== undefined) {
      this.undo(outcome);
      return this.#refuse(error, "name");
    }
    const full = this.ticket.join();
    if (full !== undefined) {
      this.undo(outcome);
      return host.close(full, host.requestId);
    }
    this.#takeName(welcome);
    host.join(welcome);
  }

  /** Takes the place of a resumed member's former connection, or a free one. */
  readonly #takePlaceOf = (member: Member | undefined): ProtocolError | undefined => {
    const replaced = member?.ticket;
    return this.ticket.join(replaced instanceof AdmissionTicket ? replaced : undefined);
  };

  /** Checks the name again, since another client may have taken it meanwhile. */
  #nameFault({ name, isAuthenticated }: NewLogin): ProtocolError | undefined {
    if (name === "" || isAuthenticated) return undefined;
    return this.chat.hub.members.checkTakeable(name).error;
  }

  /** The error of the first of the rooms that is full. */
  #roomFault(login: NewLogin): ProtocolError | undefined {
    const { rooms, members } = this.chat.hub;
    // Its place becomes free: this login takes the name from it.
    const holder = login.name === "" ? undefined : members.find(login.name);
    for (const room of login.rooms) {
      const error = rooms.placeError(room, login, holder);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  /** Takes the name from a member without a connection, or as its owner from any. */
  #takeName({ name, rooms, isAuthenticated }: NewLogin): void {
    const { hub, resumption } = this.chat;
    if (name === "") return;
    // The current holder of the name may be the last member of a room.
    hub.rooms.keepDuring(rooms, () => {
      if (isAuthenticated) resumption.takeName(name);
      else resumption.freeName(name);
    });
  }

  /** Undoes the preparations of the authenticator: the client does not join. */
  undo({ welcome }: LoginResult): void {
    if (welcome === undefined) return;
    // A resumed session waits for the next connection.
    if (welcome.resumed !== undefined) this.chat.resumption.onDisconnect(welcome.resumed);
    // Rooms that were created for a new member are empty.
    else for (const room of welcome.rooms) this.chat.hub.rooms.release(room);
  }

  #refuse(error: ProtocolError, asks: LoginQuestion = this.#prompt.question): void {
    const isRefused = this.#prompt.refuse(error, asks);
    if (isRefused || !this.host.isPerson) this.host.sendError(error, this.host.requestId);
    if (isRefused) this.countRefusal();
    else this.#sendPrompt();
  }

  #sendPrompt(): void {
    if (this.host.isPerson) this.host.write(this.#prompt.text);
  }
}
