/**
 * What the server remembers: messages, sessions, accounts, bans and topics.
 *
 * @module
 */

export {
  AccountError,
  type AccountErrorCode,
  type AccountFile,
  hashAccountPassword,
  openAccounts,
} from "./account_file.ts";
export { BanError, type BanFile, openBans } from "./ban_file.ts";
export { type BanTarget, banTargetOf } from "./bans.ts";
export { writableByOthers } from "./directory_probe.ts";
export { createMemoryStore, DEFAULT_MEMORY_HISTORY_LIMIT } from "./memory_store.ts";
export {
  checkPassword,
  createPasswordQueue,
  hashPassword,
  isPassword,
  MAX_PASSWORD_LENGTH,
  MIN_PASSWORD_LENGTH,
  normalizeSecret,
  type PasswordWork,
} from "./password.ts";
export { type PendingLimits } from "./pending_history.ts";
export {
  DEFAULT_DISK_BYTES,
  DEFAULT_SQLITE_HISTORY_LIMIT,
  openSqliteStore,
  type StoreEnvironment,
  systemStoreEnvironment,
} from "./sqlite_store.ts";
export { StorageError, type StorageErrorCode } from "./storage_error.ts";
export * from "./store.ts";
export { WorkQueue, WorkQueueFullError } from "./work_queue.ts";
