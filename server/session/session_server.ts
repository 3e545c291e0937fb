import type { ErrorCode, ProtocolError } from "../../protocol/mod.ts";
import type { Clock } from "../scheduling/clock.ts";
import type { Authenticator } from "../chat/authenticator.ts";
import type { Fanout } from "../fanout/fanout.ts";
import type { HandlerServer } from "../chat/handlers/handler.ts";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { PresenceLog } from "../observability/bounded_logs.ts";
import type { TokenBucket } from "../scheduling/token_bucket.ts";
import type { Slice } from "../scheduling/scheduler.ts";

/** What a session shares with all others of its server. */
export interface SessionServer extends Clock, HandlerServer {
  readonly fanout: Fanout;
  readonly authenticator: Authenticator;
  readonly log: Log;
  readonly presenceLog: PresenceLog;
  readonly metrics: Pick<
    Metrics,
    "tooLong" | "resumed" | "refuse" | "internalErrors" | "registrations"
  >;
  /** Name and version, for `welcome`. */
  readonly serverName: string;
  /** An unguessable token. */
  newToken(): string;
}

/** What a session knows of its connection. */
export interface SessionConnection {
  /** The client's IP address. */
  readonly ip: string;
  /** The client's address and port, for the log alone. */
  readonly address: string;
  /** Its token bucket, where the rate is limited. */
  readonly bucket?: TokenBucket | undefined;
  /** Why the client could not join now, if so. */
  checkPlace(): ProtocolError | undefined;
  /** Takes a place for the client, which is about to get its name. @returns why there is none. */
  join(): ProtocolError | undefined;
  /** Called when the client has got its name. */
  onRegistered(): void;
  /** Called when the session is ended with an error. */
  onRefused?(code: ErrorCode): void;
  /** Has the session work again after it was waiting. */
  wake(): void;
  /** Adds long work to the server's turns. */
  addSlice(slice: Slice): void;
}
