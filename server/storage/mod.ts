/**
 * What the server remembers: messages, sessions, accounts, bans and topics.
 *
 * @module
 */

export { AddressPenalty } from "./address_penalty.ts";
export { writableByOthers } from "./directory_probe.ts";
export { createMemoryStore, DEFAULT_MEMORY_HISTORY_LIMIT } from "./memory_store.ts";
export { checkPassword, hashPassword, isPassword, MAX_PASSWORD_LENGTH } from "./password.ts";
export { type PendingLimits } from "./pending_history.ts";
export {
  DEFAULT_SQLITE_HISTORY_LIMIT,
  openSqliteStore,
  type StoreEnvironment,
  systemStoreEnvironment,
} from "./sqlite_store.ts";
export { StorageError, type StorageErrorCode } from "./storage_error.ts";
export * from "./store.ts";
export { WorkQueue, WorkQueueFullError } from "./work_queue.ts";
