import { DatabaseSync } from "node:sqlite";

/** How far a checkpoint came. */
export interface CheckpointResult {
  /** Pages in the write-ahead log, and those of them that are in the database now. */
  readonly log: number;
  readonly checkpointed: number;
}

/**
 * Moves what is in the write-ahead log into the database, as far as it can without making anybody
 * wait. It waits for the disk twice itself.
 */
export function checkpoint(database: DatabaseSync): CheckpointResult {
  const result = database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
  return { log: Number(result?.log ?? 0), checkpointed: Number(result?.checkpointed ?? 0) };
}

/** The same, on a connection of its own. The pages are on the disk when it returns. */
export function checkpointFile(path: string): CheckpointResult {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA synchronous = NORMAL");
    return checkpoint(database);
  } finally {
    database.close();
  }
}
