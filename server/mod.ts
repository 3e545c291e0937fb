/**
 * The chat server.
 *
 * @module
 */

export { type Clock, systemClock } from "./scheduling/clock.ts";
export {
  LOG_FORMATS,
  LOG_LEVELS,
  type LogEntry,
  type LogFields,
  type LogFormat,
  type LogLevel,
  logLine,
} from "./observability/log.ts";
export { type AddressRange, parseAddressRange } from "./addresses/network_address.ts";
export { OperatorError } from "./accounts/operators.ts";
export { DEFAULT_OUTBOX_LIMITS, type OutboxLimits } from "./fanout/outbox.ts";
export {
  DEFAULT_SERVER_OPTIONS,
  Server,
  type ServerAddress,
  type ServerEnvironment,
  type ServerOptions,
} from "./server.ts";
export { LIVE_OPTIONS, type LiveOptions } from "./live_options.ts";
export { ListenError, type ServerThread, startServerThread } from "./server_thread.ts";
export type { StopReason } from "./network/connection_registry.ts";
export {
  hashAccountPassword,
  isPassword,
  MAX_PASSWORD_LENGTH,
  MIN_PASSWORD_LENGTH,
} from "./accounts/password.ts";
export {
  AccountError,
  type AccountErrorCode,
  type AccountFile,
  BanError,
  type BanFile,
  openAccounts,
  openBans,
} from "./storage/administration.ts";
export { newApiToken, type StoredSecret } from "./accounts/api_tokens.ts";
export {
  type ListedToken,
  MAX_LABEL_LENGTH,
  MAX_TOKENS_PER_ACCOUNT,
  openTokens,
  type TokenFile,
  type TokenTerms,
} from "./storage/token_administration.ts";
export { StorageError, type StorageErrorCode } from "./storage/storage_error.ts";
export type { Ban } from "./storage/bans.ts";
export type { Account, ApiToken } from "./storage/store.ts";
export type { TlsPaths } from "./worker_messages.ts";
export { type TlsCredentials, TlsError } from "./network/tls/tls_credentials.ts";
export { DEFAULT_RATE, type Rate } from "./scheduling/token_bucket.ts";
