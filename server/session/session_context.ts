import type { Chat } from "../chat/chat.ts";
import type { ConnectionRegistry } from "../network/connection_registry.ts";
import type { ServerOptions } from "../options.ts";
import type { Heartbeat, PeerProbes } from "./liveness.ts";

/** The parts of a server that its sessions share. */
export interface SessionContext {
  readonly chat: Chat;
  readonly registry: ConnectionRegistry;
  readonly heartbeat: Heartbeat;
  readonly probes: PeerProbes;
  readonly options: Pick<
    ServerOptions,
    "outbox" | "slowClients" | "rate" | "registrationMilliseconds" | "lineTimeoutMilliseconds"
  >;
}
