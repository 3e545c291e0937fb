import type {
  ClientFrameOf,
  ClientFrameType,
  ProtocolError,
  ServerFrame,
} from "../../../protocol/mod.ts";
import type { Hello } from "../authenticator.ts";
import type { FileExchange } from "../files/file_exchange.ts";
import type { Hub } from "../hub.ts";
import type { AccountWatch } from "../../accounts/account_watch.ts";
import type { Log } from "../../observability/log.ts";
import type { LoginRefusals } from "../../observability/bounded_logs.ts";
import type { Member } from "../member.ts";
import type { Metrics } from "../../observability/metrics.ts";
import type { Moderation } from "../moderation.ts";
import type { Operators } from "../../accounts/operators.ts";
import type { PasswordVerifier } from "../../accounts/password_verifier.ts";
import type { Registrations } from "../../accounts/registrations.ts";
import type { Resumption } from "../resumption.ts";
import type { Store } from "../../storage/store.ts";

/** What a handler may do with the session whose frame it is. */
export interface HandlerSession {
  /** Who the client is; absent until `hello` was taken. */
  readonly member: Member | undefined;
  /** IP address of the client. */
  readonly ip: string;
  /** True where a client without acknowledgements is to see what it whispered. */
  readonly showsOwnWhispers: boolean;
  send(frame: ServerFrame): void;
  /** Takes a name, where the client gives one, and a room. */
  register(hello: Hello): void;
  /** Reads no more of the client until something is done; it must not reject. */
  wait(work: Promise<void>): void;
  /**
   * Reads no more of the client until long work is done, which is cut into slices of the server's
   * turns: each does about a millisecond of work and returns true if there is more. A slice only runs
   * while the client reads its answers and has tokens for them.
   */
  runInSlices(slice: () => boolean): void;
  /** Takes tokens for work beyond that of reading a frame and writing an answer. */
  chargeTokens(tokens: number): void;
  /** Gives back the tokens of the frame: it is bounded in another way. */
  refundTokens(): void;
  /**
   * Says goodbye and closes.
   *
   * @param reason for the `left` frame.
   */
  quit(reason?: string): void;
}

/** What handlers work on. */
export interface HandlerServer {
  readonly hub: Hub;
  readonly moderation: Moderation;
  readonly resumption: Resumption;
  readonly store: Store;
  readonly files: FileExchange;
  readonly operators: Operators;
  readonly accountWatch: AccountWatch;
  readonly passwords: PasswordVerifier;
  /** Absent where there are no accounts. */
  readonly registrations: Registrations | undefined;
  readonly log: Pick<Log, "audit">;
  readonly refusals: LoginRefusals;
  readonly metrics: Pick<Metrics, "registrations">;
  /** Unix milliseconds. */
  now(): number;
  /** Monotonic milliseconds. */
  monotonic(): number;
  /** Makes what is kept of a password; `undefined` when too many others ask at the moment. */
  hashPassword(password: string): Promise<string | undefined>;
}

/** What somebody has to be for a frame to be taken. */
export type Precondition = "nothing" | "a room" | "a name" | "an operator";

/** A row of the table: who may, and what happens. An error that is returned is told. */
export interface Handler<Type extends ClientFrameType> {
  readonly needs: Precondition;
  run(
    frame: ClientFrameOf<Type>,
    member: Member,
    server: HandlerServer,
    session: HandlerSession,
  ): ProtocolError | undefined | void;
}

/** The rows for some of the frames. */
export type Handlers<Type extends ClientFrameType> = {
  readonly [Key in Type]: Handler<Key>;
};
