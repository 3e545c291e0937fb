import type { ServerOptions } from "./options.ts";

/**
 * The options that {@link Server.change} changes while the server runs. The parts of the server read
 * those that are not applied at a change when they use them.
 */
export const LIVE_OPTIONS = [
  "maxPerAddress",
  "rate",
  "registrationMilliseconds",
  "lineTimeoutMilliseconds",
  "outbox",
  "slowClients",
  "rooms",
  "maxRoomClients",
  "serverPassword",
  "registrationsPerHour",
  "operators",
  "files",
  "maxFileBytes",
  "storeFilesBytes",
  "publicUrl",
  "allowedOrigins",
  "allowedHosts",
  "hooks",
  "hooksOut",
  "hookOutSecret",
  "metricsToken",
  "logLevel",
] as const satisfies readonly (keyof ServerOptions)[];
/** Options that can change in a running server. */
export type LiveOptions = Pick<ServerOptions, (typeof LIVE_OPTIONS)[number]>;
