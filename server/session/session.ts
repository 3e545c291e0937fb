import {
  type ByeReason,
  type ByteString,
  cleanBytes,
  type ClientProtocol,
  parseInput,
  type ProtocolError,
  protocolError,
  type ServerFrame,
  TOO_LONG,
} from "../../protocol/mod.ts";
import type { AcceptedLogin, Hello, LoginQuestion, LoginResult } from "../chat/authenticator.ts";
import { handleFrame } from "../chat/handlers.ts";
import type { HandlerSession } from "../chat/handlers/handler.ts";
import type { LeaveReason } from "../chat/hub.ts";
import { listUsers } from "../chat/listing.ts";
import type { Member } from "../chat/member.ts";
import { reasonOf } from "../chat/moderation.ts";
import type { Skipped } from "../fanout/outbox.ts";
import type { AdmissionTicket } from "../network/admission.ts";
import type { StopReason } from "../network/connection_registry.ts";
import type { Transport } from "../network/transport.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import { HASH_TOKENS } from "../scheduling/token_bucket.ts";
import { StorageError } from "../storage/storage_error.ts";
import { Connection, type SessionContext } from "./connection.ts";
import type { Input } from "./input.ts";
import type { ConnectionListener } from "./input_task.ts";
import { LoginPrompt } from "./login_prompt.ts";

const SHUTDOWN_TEXT: Readonly<Record<StopReason, string>> = {
  shutdown: "The server is shutting down.",
  restart: "The server is restarting.",
};

type NewWelcome = Exclude<AcceptedLogin, { resumed: Member }>;
type ResumedWelcome = Extract<AcceptedLogin, { resumed: Member }>;

/** One client of the chat: from its first line to a member, to the end. */
export class Session implements ConnectionListener, HandlerSession {
  readonly connection: Connection;
  readonly #prompt: LoginPrompt;
  #member: Member | undefined;
  #isEnded = false;

  /** @param protocol `silent` for a client that has sent nothing: a person, or a program that is late. */
  constructor(
    transport: Transport,
    protocol: ClientProtocol | "silent",
    private readonly ticket: AdmissionTicket,
    private readonly context: SessionContext,
  ) {
    const isSilent = protocol === "silent";
    const known = isSilent ? "text" : protocol;
    this.connection = new Connection(transport, known, isSilent, context, this);
    this.#prompt = new LoginPrompt(context.chat.authenticator.hasServerPassword);
  }

  get member(): Member | undefined {
    return this.#member;
  }

  get ip(): string {
    return this.connection.ip;
  }

  get showsOwnWhispers(): boolean {
    return this.isPerson;
  }

  get isPerson(): boolean {
    return this.connection.format.isPerson;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Takes the client in if there is a place, and prompts a person for a name. */
  start(): void {
    const { connection } = this;
    connection.guard(() => {
      connection.start();
      const refusal = this.ticket.checkPlace();
      if (refusal !== undefined) return this.close(refusal);
      this.#ask();
      connection.introduceIfAsked();
      const { registrationMilliseconds } = this.context.options;
      connection.startDeadline(registrationMilliseconds, () => {
        this.close(protocolError("registration_timeout", registrationMilliseconds / 1000));
      });
    });
  }

  handle(input: Input): void {
    try {
      if (input === TOO_LONG) return this.#refuseTooLong();
      const { format } = this.connection;
      if (this.#member === undefined && format.isPerson) return this.#takeAnswer(input);
      const parsed = format.parse(input);
      if (parsed === undefined) return;
      if (parsed.error !== undefined) return this.refuse(parsed.error, parsed.ref);
      const error = handleFrame(parsed.frame, this, this.context.chat);
      if (error !== undefined) this.refuse(error, parsed.frame.id);
    } catch (error) {
      this.#answerStorageError(error);
    }
  }

  /** The connection is closed, or the client has closed its side, without a `quit`. */
  inputEnded(): void {
    if (this.#isEnded) return;
    const member = this.#member;
    if (member === undefined || !this.context.chat.resumption.onDisconnect(member)) {
      return this.#leave();
    }
    this.#end();
  }

  /** Sends the number of messages that were skipped; after skipped notices, the users, too. */
  skipped({ count, from, to, hasNotices }: Skipped): void {
    const member = this.#member;
    if (member === undefined) return;
    const { name: room, topic = "" } = member.room;
    if (count > 0) this.send({ type: "skipped", room, count, from, to });
    // In one write with `skipped`, so that it cannot exceed the bound of unsent bytes.
    if (hasNotices === true) this.send({ ...listUsers(member), unasked: true, topic });
  }

  failed(error: unknown): void {
    reportInternalError(this.context.chat, error, this.connection.address);
    this.close(protocolError("internal_error"));
  }

  close(why: ProtocolError): void {
    if (this.#isEnded) return;
    this.ticket.refuse(why.code);
    this.send({ type: "error", ...why });
    this.#leave();
  }

  /** Ends the session, which can be resumed: the server stops. */
  shutDown(reason: StopReason): void {
    if (this.#isEnded) return;
    this.#sendBye(reason, SHUTDOWN_TEXT[reason]);
    this.#end();
  }

  send(frame: ServerFrame): void {
    this.connection.send(frame, this.#member?.name);
  }

  /** Sends an error. */
  refuse(error: ProtocolError, ref?: string): void {
    this.send({ type: "error", ...error, ...(ref === undefined ? undefined : { ref }) });
    // A line that is too long, before there is a name, was an attempt at one.
    if (this.#member === undefined && !this.#isEnded && this.isPerson) this.#countRefusal();
  }

  wait(work: Promise<void>): void {
    this.connection.task.wait(work.catch((error) => this.#answerStorageError(error)));
  }

  runInSlices(step: () => boolean): void {
    this.connection.task.runInSlices(() => {
      try {
        return step();
      } catch (error) {
        this.#answerStorageError(error);
        return false;
      }
    });
  }

  chargeTokens(tokens: number): void {
    this.connection.task.chargeTokens(tokens);
  }

  refundTokens(): void {
    this.connection.task.refundTokens();
  }

  quit(reason?: string): void {
    const { name = "" } = this.#member ?? {};
    this.#sendBye("quit", name === "" ? "Goodbye!" : `Goodbye, ${name}!`);
    this.#leave(reasonOf(reason));
  }

  register(hello: Hello): void {
    const full = this.ticket.checkPlace();
    if (full !== undefined) return this.close(full);
    this.#prompt.tries(hello);
    const outcome = this.context.chat.authenticator.logIn(hello, this.ip);
    if (!(outcome instanceof Promise)) return this.#decided(outcome);
    this.chargeTokens(HASH_TOKENS);
    this.wait(outcome.then((decided) => this.#decided(decided)));
  }

  #decided(outcome: LoginResult): void {
    if (this.#isEnded) return this.#undo(outcome);
    if (outcome.refused !== undefined) {
      if (outcome.asks === "nothing") return this.close(outcome.refused);
      return this.#refuseLogin(outcome.refused, outcome.asks);
    }
    const { welcome } = outcome;
    const error = welcome.resumed === undefined ? this.#takeName(welcome) : undefined;
    if (error !== undefined) {
      this.#undo(outcome);
      return this.#refuseLogin(error, "name");
    }
    const full = this.ticket.join();
    if (full !== undefined) {
      this.#undo(outcome);
      return this.close(full);
    }
    this.#join(welcome);
  }

  /** Checks again, since another client may have taken the name meanwhile; its owner takes it back. */
  #takeName({ name, room, isAuthenticated }: NewWelcome): ProtocolError | undefined {
    const { hub, resumption } = this.context.chat;
    if (name === "") return undefined;
    if (!isAuthenticated) return hub.members.checkFree(name).error;
    // The client that has the name may be the last one in the room.
    hub.rooms.keepDuring(room, () => resumption.takeName(name));
  }

  /** Undoes what the authenticator has prepared: the client does not join. */
  #undo({ welcome }: LoginResult): void {
    if (welcome === undefined) return;
    // A session that was to be resumed waits for the next connection.
    if (welcome.resumed !== undefined) this.context.chat.resumption.onDisconnect(welcome.resumed);
    // A room that was made for a new member is empty.
    else this.context.chat.hub.rooms.release(welcome.room);
  }

  #join(welcome: AcceptedLogin): void {
    const { chat } = this.context;
    const member = welcome.resumed ?? this.#registerMember(welcome);
    this.#member = member;
    member.dismiss = (reason, text, isForGood) => this.#dismiss(reason, text, isForGood);
    this.connection.joined(member);
    const isResumed = welcome.resumed !== undefined;
    const token = isResumed ? welcome.token : this.isPerson ? "" : chat.newToken();
    const { room } = member;
    this.send({
      type: "welcome",
      name: member.name,
      room: room.name,
      server: chat.serverName,
      session: token,
      seq: room.seq,
      ...(room.topic === undefined ? undefined : { topic: room.topic }),
      ...(isResumed ? { resumed: true } : undefined),
    });
    if (isResumed) this.#catchUp(welcome);
    else {
      if (welcome.notResumed !== undefined) this.refuse(welcome.notResumed);
      if (token !== "") chat.resumption.open(member, token);
    }
    this.#logJoin(member, isResumed);
  }

  #registerMember({ room, ...welcome }: NewWelcome): Member {
    const { hub, resumption } = this.context.chat;
    const session = this.isPerson ? 0 : resumption.nextNumber();
    const { name, isAuthenticated, isOperator, listens } = welcome;
    const init = { name, session, address: this.ip, isAuthenticated, isOperator, listens };
    return hub.register(init, room, this.connection.subscriber);
  }

  /** Sends a resumed session the messages that it has missed; later ones follow them. */
  #catchUp({ resumed, replay }: ResumedWelcome): void {
    const { connection, context: { chat: { hub, operators, metrics } } } = this;
    metrics.resumed++;
    resumed.isOperator = resumed.isAuthenticated && operators.has(resumed.key);
    this.runInSlices(() => {
      try {
        if (replay.next((frame) => connection.send(frame, resumed.name))) return true;
      } catch (error) {
        this.#answerStorageError(error);
        const skipped = replay.end();
        if (skipped !== undefined) this.send(skipped);
      }
      hub.attach(resumed, connection.subscriber);
      return false;
    });
  }

  #logJoin({ name, listens, room, isOperator }: Member, isResumed: boolean): void {
    const { log, presenceLog } = this.context.chat;
    if (isOperator) log.audit("operator logged in", { address: this.ip, name });
    const { address, protocol: kind } = this.connection;
    presenceLog.joined({
      ...(name === "" ? undefined : { name }),
      ...(listens ? { listening: true } : undefined),
      room: room.name,
      address,
      kind,
      ...(isResumed ? { resumed: true } : undefined),
    });
  }

  /** Takes what a person typed at a prompt. */
  #takeAnswer(line: ByteString): void {
    const text = cleanBytes(line);
    if (text === undefined) return this.#refuseLogin(protocolError("invalid_utf8"), "name");
    const command = text.trimStart().startsWith("/") ? parseInput(text.trim()) : undefined;
    if (command?.frame?.type === "quit") return this.quit();
    const hello = this.#prompt.answer(text);
    if (hello === undefined) this.#ask();
    else this.register(hello);
  }

  #refuseLogin(error: ProtocolError, asks: LoginQuestion): void {
    const isRefused = this.#prompt.refuse(error, asks);
    if (isRefused || !this.isPerson) this.send({ type: "error", ...error });
    if (isRefused) this.#countRefusal();
    else this.#ask();
  }

  /** An attempt was refused: the client is asked again, or has used up its attempts. */
  #countRefusal(): void {
    this.#prompt.countRefusal();
    if (!this.#prompt.isOver) return this.#ask();
    const error = protocolError("too_many_refusals");
    this.send({ type: "error", ...error });
    this.ticket.refuse(error.code);
    this.#leave();
  }

  #ask(): void {
    if (this.isPerson) this.connection.write(this.#prompt.text);
  }

  #refuseTooLong(): void {
    this.context.chat.metrics.tooLong++;
    const { tooLong, resumes } = this.connection.format;
    if (resumes) this.refuse(tooLong);
    else this.close(tooLong);
  }

  /** Data that cannot be read or written is an error for the client; any other error is thrown again. */
  #answerStorageError(error: unknown): void {
    if (!(error instanceof StorageError)) throw error;
    this.refuse(protocolError("storage_failed"));
  }

  #sendBye(reason: ByeReason, text: string): void {
    this.send({ type: "bye", reason, text });
  }

  /** The client leaves for good. */
  #leave(why?: LeaveReason): void {
    const member = this.#member;
    this.#end();
    if (member === undefined) return;
    this.context.chat.hub.unregister(member, why);
    this.context.chat.resumption.close(member);
  }

  /** The member is kicked, or uses another connection. */
  #dismiss(
    reason: "kicked" | "replaced",
    text: string,
    isForGood: boolean = reason === "kicked",
  ): void {
    if (this.#isEnded) return;
    this.#sendBye(reason, text);
    if (isForGood) return this.#leave();
    this.#member = undefined;
    this.#end();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { connection } = this;
    if (this.#member !== undefined) {
      const { name } = this.#member;
      const { address } = connection;
      this.context.chat.presenceLog.left(name === "" ? { address } : { name, address });
    }
    connection.end();
  }
}
