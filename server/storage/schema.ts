import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "./storage_error.ts";

/** Marks a database as hubbub's (`PRAGMA application_id`): "hubb" in ASCII. */
const APPLICATION_ID = 0x68756262;

/**
 * How to get from each version of the schema to the next one; the version is the number of steps
 * taken (`PRAGMA user_version`). A step that was released is never changed: add another.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counters VALUES ('session', 0);

  CREATE TABLE rooms (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;

  -- segment.ts has the format of a body, and the number of a segment.
  CREATE TABLE segments (
    segment INTEGER PRIMARY KEY,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    first_time INTEGER NOT NULL,
    last_time INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;

  CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    token_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    room_key TEXT NOT NULL,
    room_name TEXT NOT NULL,
    room_since INTEGER NOT NULL,
    is_authenticated INTEGER NOT NULL,
    last_whisper INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE whispers (
    receiver INTEGER NOT NULL,
    number INTEGER NOT NULL,
    whisper TEXT NOT NULL,
    PRIMARY KEY (receiver, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE accounts (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- "key" begins with the kind: see bans.ts.
  CREATE TABLE bans (key TEXT PRIMARY KEY, ban TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE topics (key TEXT PRIMARY KEY, topic TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // When a room was last used, in Unix milliseconds; and every room with a topic has a row.
  `
  ALTER TABLE rooms ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
  INSERT OR IGNORE INTO rooms (key) SELECT key FROM topics;
  UPDATE rooms SET used_at = unixepoch() * 1000;
  `,
  `
  CREATE TABLE mutes (key TEXT PRIMARY KEY, mute TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE accounts ADD COLUMN is_operator INTEGER NOT NULL DEFAULT 0;
  INSERT INTO counters VALUES ('account_changes', 0);

  -- The accounts that another process than the server has changed, with the value of the counter.
  CREATE TABLE account_changes (key TEXT PRIMARY KEY, change INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;

  -- The addresses from which an account has logged in, as JSON.
  CREATE TABLE known_addresses (key TEXT PRIMARY KEY, addresses TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE sessions ADD COLUMN has_left INTEGER NOT NULL DEFAULT 0;
  `,
  `
  INSERT INTO counters VALUES ('ban_changes', 0);
  `,
  // Addresses from which the password of the server was sent, which are not stored any more.
  `
  DELETE FROM known_addresses WHERE key = '';
  `,
  // The rooms of a session, as JSON: their names, and the number of the last message at the start.
  `
  ALTER TABLE sessions ADD COLUMN rooms TEXT NOT NULL DEFAULT '[]';
  UPDATE sessions SET rooms = json_array(json_object('name', room_name, 'since', room_since));
  ALTER TABLE sessions DROP COLUMN room_key;
  ALTER TABLE sessions DROP COLUMN room_name;
  ALTER TABLE sessions DROP COLUMN room_since;
  `,
  // The files in rooms, as JSON: see file_index.ts.
  `
  CREATE TABLE files (key TEXT PRIMARY KEY, file TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // Tokens of accounts; times in Unix milliseconds.
  `
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    account_key TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER
  ) STRICT, WITHOUT ROWID;

  -- Whatever removes an account removes its tokens.
  CREATE TRIGGER tokens_of_removed AFTER DELETE ON accounts
    BEGIN DELETE FROM tokens WHERE account_key = old.key; END;
  `,
];

/**
 * Refuses a database that this version must not change.
 *
 * @throws StorageError when a newer version of hubbub, or another program, made the database.
 */
export function checkOwner(database: DatabaseSync, directory: string): void {
  const version = pragma(database, "user_version");
  const isOurs = pragma(database, "application_id") === APPLICATION_ID;
  if (!isOurs && (version !== 0 || hasTables(database))) {
    throw new StorageError("open", directory, "foreign");
  }
  if (version > MIGRATIONS.length) throw new StorageError("open", directory, "newer");
}

/** Brings a database to the newest schema, each step in a transaction of its own. */
export function migrate(database: DatabaseSync): void {
  for (let step = pragma(database, "user_version"); step < MIGRATIONS.length; step++) {
    database.exec(`
      BEGIN IMMEDIATE;
      ${MIGRATIONS[step]}
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${step + 1};
      COMMIT;
    `);
  }
}

export function isMigrated(database: DatabaseSync): boolean {
  return pragma(database, "user_version") === MIGRATIONS.length;
}

function hasTables(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined;
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
