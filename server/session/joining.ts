import { type ProtocolError, protocolError, type ServerFrame } from "../../protocol/mod.ts";
import type { EntranceOutcome, Hello, Welcome } from "../chat/authenticator.ts";
import type { LoginPrompt } from "./login_prompt.ts";
import type { Subscriber } from "../fanout/audience.ts";
import type { HandlerSession } from "../chat/handlers/handler.ts";
import type { Member } from "../chat/member.ts";
import type { SessionConnection, SessionServer } from "./session_server.ts";
import { StorageError } from "../storage/storage_error.ts";
import { HASH_TOKENS } from "../scheduling/token_bucket.ts";

/** What joining needs of the session. */
export interface JoiningSession
  extends Pick<HandlerSession, "ip" | "send" | "chargeTokens" | "wait" | "runInSlices"> {
  readonly isEnded: boolean;
  /** True for a person, who has no session to resume. */
  readonly isPerson: boolean;
  /** Sends a frame. @returns its size in bytes. */
  sendMeasured(frame: ServerFrame): number;
  /** Sends an error. */
  refuse(error: ProtocolError): void;
  /** Sends an error, and ends. */
  close(why: ProtocolError): void;
  /** The client has its name: the session is the member's from here on. */
  joined(member: Member): void;
}

type NewWelcome = Exclude<Welcome, { resumed: Member }>;
type ResumedWelcome = Extract<Welcome, { resumed: Member }>;

/** From a `hello` to a member: asks the {@link Authenticator}, takes a place, and sends the welcome. */
export class Joining {
  constructor(
    private readonly server: SessionServer,
    private readonly connection: SessionConnection,
    private readonly subscriber: Subscriber,
    private readonly session: JoiningSession,
    private readonly dialogue: LoginPrompt,
  ) {}

  /** Tries to join with a name. */
  start(hello: Hello): void {
    const { session } = this;
    const full = this.connection.checkPlace();
    if (full !== undefined) return session.close(full);
    this.dialogue.tries(hello);
    const outcome = this.server.authenticator.enter(hello, { address: session.ip });
    if (!(outcome instanceof Promise)) return this.#decided(outcome);
    session.chargeTokens(HASH_TOKENS);
    session.wait(outcome.then((decided) => this.#decided(decided)));
  }

  #decided(outcome: EntranceOutcome): void {
    const { session, dialogue } = this;
    if (session.isEnded) return this.#giveUp(outcome);
    if (outcome.refused !== undefined) {
      if (outcome.asks === "nothing") return session.close(outcome.refused);
      return dialogue.refuse(outcome.refused, outcome.asks);
    }
    const { welcome } = outcome;
    const error = welcome.resumed === undefined ? this.#takeName(welcome) : undefined;
    if (error !== undefined) {
      this.#giveUp(outcome);
      return dialogue.refuse(error, "name");
    }
    const full = this.connection.join();
    if (full !== undefined) {
      this.#giveUp(outcome);
      return session.close(full);
    }
    this.#join(welcome);
  }

  /** Checks again, since another client may have taken the name meanwhile; its owner takes it back. */
  #takeName({ name, room, isAuthenticated }: NewWelcome): ProtocolError | undefined {
    const { hub, resumption } = this.server;
    if (name === "") return undefined;
    if (!isAuthenticated) return hub.people.checkFree(name).error;
    // The client that has the name may be the last one in the room.
    hub.rooms.keepDuring(room, () => resumption.takeName(name));
  }

  #join(welcome: Welcome): void {
    const { server, session } = this;
    const member = welcome.resumed ?? this.#registerMember(welcome);
    session.joined(member);
    const { room } = member;
    const token = welcome.resumed !== undefined
      ? welcome.token
      : session.isPerson
      ? ""
      : server.newToken();
    const resumed = welcome.resumed === undefined ? undefined : { resumed: true as const };
    session.send({
      type: "welcome",
      name: member.name,
      room: room.name,
      server: server.serverName,
      session: token,
      seq: room.seq,
      ...(room.topic === undefined ? undefined : { topic: room.topic }),
      ...resumed,
    });
    if (welcome.resumed !== undefined) {
      server.metrics.resumed++;
      this.#catchUp(welcome);
    } else {
      if (welcome.notResumed !== undefined) session.refuse(welcome.notResumed);
      if (token !== "") server.resumption.open(member, token);
    }
    if (member.isOperator) {
      server.log.audit("operator logged in", { address: session.ip, name: member.name });
    }
    const { address } = this.connection;
    const { kind } = this.subscriber.format;
    server.presenceLog.joined({
      ...(member.name === "" ? undefined : { name: member.name }),
      ...(member.listens ? { listening: true } : undefined),
      room: room.name,
      address,
      kind,
      ...resumed,
    });
  }

  /** Undoes what the authenticator has prepared: the client does not join. */
  #giveUp({ welcome }: EntranceOutcome): void {
    if (welcome === undefined) return;
    // A session that was to be resumed waits for the next connection.
    if (welcome.resumed !== undefined) this.server.resumption.broke(welcome.resumed);
    // A room that was made for a new member is empty.
    else this.server.hub.rooms.release(welcome.room);
  }

  #registerMember({ room, ...welcome }: NewWelcome): Member {
    const { hub, resumption } = this.server;
    const { isPerson, ip: address } = this.session;
    const session = isPerson ? 0 : resumption.nextNumber();
    const { name, isAuthenticated, isOperator, listens } = welcome;
    const init = { name, session, address, isAuthenticated, isOperator, listens };
    return hub.register(init, room, this.subscriber);
  }

  /** Sends a resumed session the messages that it has missed; later ones follow them. */
  #catchUp({ resumed, replay }: ResumedWelcome): void {
    const { session, subscriber, server: { hub, operators } } = this;
    resumed.isOperator = resumed.isAuthenticated && operators.has(resumed.key);
    session.runInSlices(() => {
      try {
        if (replay.next((frame) => session.sendMeasured(frame))) return true;
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        session.refuse(protocolError("storage_failed"));
        const skipped = replay.giveUp();
        if (skipped !== undefined) session.send(skipped);
      }
      hub.attach(resumed, subscriber);
      return false;
    });
  }
}
