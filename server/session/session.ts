import {
  type ByeReason,
  type ByteString,
  type ClientFrame,
  type ClientProtocol,
  type MessageFrame,
  type ProtocolError,
  protocolError,
  type ServerFrame,
  TOO_LONG,
} from "../../protocol/mod.ts";
import type { AcceptedLogin, Hello, LoginResult } from "../chat/authenticator.ts";
import { handleFrame } from "../chat/handlers.ts";
import { listUsers } from "../chat/listing.ts";
import type { Member } from "../chat/member.ts";
import { reasonOf } from "../chat/moderation.ts";
import type { LeaveReason } from "../chat/room_changes.ts";
import type { Encoder } from "../fanout/encoder.ts";
import type { Skipped } from "../fanout/outbox.ts";
import type { IrcHost } from "../irc/irc_client.ts";
import { IrcSession } from "../irc/irc_session.ts";
import type { AdmissionTicket } from "../network/admission.ts";
import type { StopReason } from "../network/connection_registry.ts";
import type { Transport } from "../network/transport.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import { StorageError } from "../storage/storage_error.ts";
import type { WhisperFrame } from "../storage/store.ts";
import { Connection } from "./connection.ts";
import type { Input } from "./input.ts";
import type { ConnectionListener } from "./input_task.ts";
import { Login, type LoginHost, type NewLogin } from "./login.ts";
import type { SessionContext } from "./session_context.ts";

const SHUTDOWN_TEXT: Readonly<Record<StopReason, string>> = {
  shutdown: "The server is shutting down.",
  restart: "The server is restarting.",
};

type ResumedLogin = Extract<AcceptedLogin, { resumed: Member }>;

/** The session of one client, from its first line to its end. */
export class Session implements ConnectionListener, IrcHost, LoginHost {
  readonly connection: Connection;
  readonly ip: string;
  readonly #login: Login;
  #member: Member | undefined;
  #isEnded = false;
  /** The `id` of the last frame; no other one is handled before its work is done. */
  #requestId: string | undefined;
  #isReplaying = false;
  #ircSession: IrcSession | undefined;

  /** @param protocol `silent` for a client that has sent nothing: a user, or a late program. */
  constructor(
    transport: Transport,
    protocol: ClientProtocol | "silent",
    private readonly ticket: AdmissionTicket,
    private readonly context: SessionContext,
  ) {
    this.ip = transport.address;
    const isSilent = protocol === "silent";
    const known = isSilent ? "text" : protocol;
    this.connection = new Connection(transport, known, isSilent, context, this);
    this.#login = new Login(this, ticket, context.chat);
  }

  get member(): Member | undefined {
    return this.#member;
  }

  get isPerson(): boolean {
    return this.connection.format.isPerson;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get requestId(): string | undefined {
    return this.#requestId;
  }

  /** Present for an IRC client. */
  get #irc(): IrcSession | undefined {
    if (this.connection.protocol !== "irc") return undefined;
    return this.#ircSession ??= new IrcSession(this, this.context.chat);
  }

  /** Admits the client if a place is free, and prompts a user for a name. */
  start(): void {
    const { connection } = this;
    connection.guard(() => {
      connection.start();
      if (!this.#login.start()) return;
      connection.introduceIfRequested();
      const { registrationMilliseconds } = this.context.options;
      connection.startDeadline(registrationMilliseconds, () => {
        this.close(protocolError("registration_timeout", registrationMilliseconds / 1000));
      });
    });
  }

  handle(input: Input): void {
    // The connection was closed within the replay, and so it is not known which messages are repeated. The
    // client repeats them with its next resume.
    if (this.#isReplaying) return this.refundTokens();
    try {
      if (input === TOO_LONG) return this.#refuseTooLong();
      const { format } = this.connection;
      if (format.parse === undefined) return this.#irc?.handle(input);
      if (this.#member === undefined && format.isPerson) return this.#login.answer(input);
      const parsed = format.parse(input);
      if (parsed === undefined) return;
      if (parsed.error !== undefined) return this.refuse(parsed.error, parsed.ref);
      this.#requestId = parsed.frame.id;
      const error = handleFrame(parsed.frame, this, this.context.chat);
      if (error !== undefined) this.refuse(error, parsed.frame.id);
    } catch (error) {
      this.#answerStorageError(error);
    }
  }

  /** The connection ends without a `quit`: the session can be resumed. */
  inputEnded(): void {
    if (this.#isEnded) return;
    const member = this.#member;
    if (member === undefined || !this.context.chat.resumption.onDisconnect(member)) {
      return this.#leave();
    }
    this.#end();
  }

  /** Sends the number of skipped messages; after skipped notices, the users, too. */
  skipped({ room: name, count, from, to, hasNotices }: Skipped): void {
    const member = this.#member;
    if (member === undefined) return;
    if (count > 0) this.send({ type: "skipped", room: name, count, from, to });
    if (hasNotices !== true) return;
    const room = member.memberships.find(name);
    // In one write with `skipped`, so that it cannot exceed the bound of unsent bytes.
    if (room !== undefined) {
      this.send({ ...listUsers(member, room), unasked: true, topic: room.topic ?? "" });
    }
  }

  failed(error: unknown): void {
    reportInternalError(this.context.chat, error, this.connection.address);
    this.close(protocolError("internal_error"));
  }

  close(why: ProtocolError, ref?: string): void {
    if (this.#isEnded) return;
    this.ticket.refuse(why.code);
    if (this.#irc !== undefined) this.#irc.sendEnd(why);
    else this.sendError(why, ref);
    if (why.code === "too_slow") this.inputEnded();
    else this.#leave();
  }

  /** Ends the session when the server stops; it can be resumed. */
  shutDown(reason: StopReason): void {
    if (this.#isEnded) return;
    this.#sendBye(reason, SHUTDOWN_TEXT[reason]);
    this.#end();
  }

  send(frame: ServerFrame): void {
    if (this.#irc !== undefined) this.#irc.send(frame);
    else this.connection.send(frame, this.#member?.name);
  }

  echo(frame: MessageFrame | WhisperFrame): void {
    this.#irc?.echo(frame);
  }

  answer(bytes: ByteString): void {
    this.connection.answer(bytes);
  }

  get isWorking(): boolean {
    return this.connection.task.isWorking;
  }

  changeAnswers(change: ((bytes: ByteString) => ByteString) | undefined): void {
    this.connection.subscriber.changeAnswer = change;
  }

  inform(bytes: ByteString): void {
    const { subscriber } = this.connection;
    if (!subscriber.isBehind) this.context.chat.fanout.direct(subscriber, bytes, 0);
  }

  request(frame: ClientFrame): ProtocolError | undefined {
    return handleFrame(frame, this, this.context.chat);
  }

  useEncoder(encoder: Encoder): void {
    const { chat: { fanout } } = this.context;
    const { subscriber } = this.connection;
    const audiences = subscriber.subscriptions.map(({ audience }) => audience);
    for (const audience of audiences) fanout.unsubscribe(subscriber, audience);
    subscriber.format = encoder;
    for (const audience of audiences) fanout.subscribe(subscriber, audience);
  }

  refuse(error: ProtocolError, ref?: string): void {
    this.sendError(error, ref);
    // A line over the limit, before the name, was an attempt.
    if (this.#member === undefined && !this.#isEnded && this.isPerson) this.#login.countRefusal();
  }

  wait(work: Promise<void>): void {
    this.connection.task.wait(
      work.catch((error) => this.#answerStorageError(error)).then(() => this.#irc?.workDone()),
    );
  }

  runInSlices(step: () => boolean): void {
    this.connection.task.runInSlices(() => {
      let isUnfinished = false;
      try {
        isUnfinished = step();
      } catch (error) {
        this.#answerStorageError(error);
      }
      if (!isUnfinished) this.#irc?.workDone();
      return isUnfinished;
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
    this.#login.register(hello);
  }

  checkLogin(hello: Hello): LoginResult | Promise<LoginResult> {
    return this.#login.check(hello);
  }

  finishLogin(result: LoginResult): void {
    this.#login.finish(result);
  }

  undoLogin(result: LoginResult): void {
    this.#login.undo(result);
  }

  countRefusal(): void {
    this.#login.countRefusal();
  }

  write(prompt: string): void {
    this.connection.write(prompt);
  }

  join(welcome: AcceptedLogin): void {
    const { chat } = this.context;
    const member = welcome.resumed ?? this.#registerMember(welcome);
    this.#member = member;
    member.ticket = this.ticket;
    member.dismiss = (reason, text, isForGood) => this.#dismiss(reason, text, isForGood);
    member.entered = (room) => this.#irc?.entered(room);
    member.rightsChanged = (before) => this.#irc?.rightsChanged(before);
    this.connection.joined(member);
    const isResumed = welcome.resumed !== undefined;
    const token = isResumed ? welcome.token : this.#hasSession ? chat.newToken() : "";
    this.send({
      type: "welcome",
      name: member.name,
      rooms: Array.from(member.memberships.rooms(), ({ name: room, seq, topic }) => ({
        room,
        seq,
        ...(topic === undefined ? undefined : { topic }),
      })),
      server: chat.serverName,
      session: token,
      ...(isResumed ? { resumed: true } : undefined),
      ...(chat.storedFiles.maxBytes === undefined
        ? undefined
        : { maxStoredFile: chat.storedFiles.maxBytes }),
    });
    if (isResumed) this.#catchUp(welcome);
    else {
      if (welcome.notResumed !== undefined) this.refuse(welcome.notResumed, this.#requestId);
      if (token !== "") chat.resumption.open(member, token);
    }
    this.#logJoin(member, isResumed);
  }

  /** Whether the client can resume its session. */
  get #hasSession(): boolean {
    return this.connection.format.hasSessions;
  }

  #registerMember({ rooms, ...welcome }: NewLogin): Member {
    const { hub, store } = this.context.chat;
    const session = this.#hasSession ? store.sessions.nextNumber() : 0;
    const init = { ...welcome, session, address: this.ip };
    return hub.register(init, rooms, this.connection.subscriber);
  }

  /** Sends a resumed session its missed messages; later ones follow them. */
  #catchUp({ resumed, replay }: ResumedLogin): void {
    const { connection, context: { chat: { hub, operators, metrics } } } = this;
    metrics.resumed++;
    const isOperator = resumed.isAuthenticated && operators.has(resumed.key);
    hub.setRights(resumed, { isOperator });
    const send = (frame: ServerFrame) => connection.send(frame, resumed.name);
    this.#isReplaying = true;
    this.runInSlices(() => {
      try {
        if (replay.next(send)) return true;
      } catch (error) {
        this.#answerStorageError(error);
        replay.end(send);
      }
      this.#isReplaying = false;
      hub.attach(resumed, connection.subscriber);
      return false;
    });
  }

  #logJoin({ name, listens, memberships, isOperator }: Member, isResumed: boolean): void {
    const { log, presenceLog } = this.context.chat;
    if (isOperator) log.audit("operator logged in", { address: this.ip, name });
    const { address, protocol: kind } = this.connection;
    const room = Array.from(memberships.rooms(), (room) => room.name).join(",");
    presenceLog.joined({ name, listens, room, address, kind, isResumed });
  }

  sendError(error: ProtocolError, ref?: string): void {
    this.send({ type: "error", ...error, ...(ref === undefined ? undefined : { ref }) });
  }

  #refuseTooLong(): void {
    this.context.chat.metrics.tooLong++;
    const { tooLong, resumes } = this.connection.format;
    if (this.#irc !== undefined) this.#irc.refuseTooLong();
    else if (resumes) this.refuse(tooLong);
    else this.close(tooLong);
  }

  /** Reports an error of the storage to the client; throws any other error again. */
  #answerStorageError(error: unknown): void {
    if (!(error instanceof StorageError)) throw error;
    this.refuse(protocolError("storage_failed"), this.#requestId);
  }

  #sendBye(reason: ByeReason, text: string): void {
    this.send({ type: "bye", reason, text });
  }

  /** Ends the session of a client that does not return. */
  #leave(why?: LeaveReason): void {
    const member = this.#member;
    this.#end();
    if (member === undefined) return;
    this.context.chat.hub.unregister(member, why);
    this.context.chat.resumption.close(member);
  }

  /** Ends the session of a member that is kicked, or uses another connection. */
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
    this.#ircSession?.ended();
    const { connection } = this;
    if (this.#member !== undefined) {
      this.context.chat.presenceLog.left(this.#member.name, connection.address);
    }
    connection.end();
  }
}
