/**
 * The metrics of `/metrics`: names, help and values.
 *
 * @module
 */

import process from "node:process";
import type { Store } from "../storage/store.ts";
import { Exposition } from "./exposition_format.ts";
import type { Metrics } from "./metrics.ts";

/** Values that are read at a scrape instead of being counted. */
export interface Gauges {
  /** Open sockets of all protocols. */
  readonly connections: number;
  /** Connections that have not joined yet. */
  readonly pending: number;
  readonly members: number;
  readonly rooms: {
    readonly size: number;
    readonly total: number;
    readonly refused: number;
    readonly expired: number;
  };
  readonly store: Pick<
    Store,
    "statistics" | "failure" | "sessions" | "bans" | "mutes" | "accounts"
  >;
  /** Bytes in the outboxes of all clients. */
  readonly waitingBytes: number;
  /** File transfers in progress. */
  readonly transfers: number;
  /** Number and space of the files that rooms keep. */
  readonly storedFiles: { readonly files: number; readonly bytes: number };
  /** Messages that wait for outgoing webhooks. */
  readonly hookWaiting: number;
}

interface Scrape extends Gauges {
  readonly metrics: Metrics;
  readonly stored: Store["statistics"];
  readonly usage: Store["sessions"]["usage"];
  readonly cpuSeconds: number;
}

/** One value: its type, its name, its help text and its source. */
type Value = readonly [
  type: "counter" | "gauge",
  name: string,
  help: string,
  valueOf: (scrape: Scrape) => number,
];

/** Unix time in seconds at which the process started. */
const STARTED = Date.now() / 1000 - process.uptime();

const CONNECTIONS: readonly Value[] = [
  ["gauge", "hubbub_connections", "Open connections.", ({ connections }) => connections],
  [
    "counter",
    "hubbub_connections_total",
    "Accepted connections.",
    ({ metrics }) => metrics.connections,
  ],
  [
    "gauge",
    "hubbub_pending_connections",
    "Connections that have not joined: without a name yet, or for HTTP.",
    ({ pending }) => pending,
  ],
  ["gauge", "hubbub_members", "Users in the chat.", ({ members }) => members],
  [
    "gauge",
    "hubbub_rooms",
    "Rooms in use, including those to which broken connections may return.",
    ({ rooms }) => rooms.size,
  ],
  [
    "gauge",
    "hubbub_known_rooms",
    "Rooms in use, and rooms that are only stored.",
    ({ rooms }) => rooms.total,
  ],
  [
    "counter",
    "hubbub_rooms_refused_total",
    "Rooms that were not created because of a limit.",
    ({ rooms }) => rooms.refused,
  ],
  [
    "counter",
    "hubbub_rooms_expired_total",
    "Stored rooms deleted because they were unused for too long.",
    ({ rooms }) => rooms.expired,
  ],
];

const TRAFFIC: readonly Value[] = [
  [
    "gauge",
    "hubbub_resumable_sessions",
    "Sessions that are connected or can be resumed.",
    ({ usage }) => usage.sessions,
  ],
  [
    "gauge",
    "hubbub_kept_whisper_bytes",
    "Memory of the whispers kept for sessions that may have missed them.",
    ({ usage }) => usage.whisperBytes,
  ],
  [
    "gauge",
    "hubbub_whisper_id_bytes",
    "Memory of the ids by which repeated whispers are recognised.",
    ({ usage }) => usage.idBytes,
  ],
  [
    "counter",
    "hubbub_messages_total",
    "Messages sent to rooms.",
    ({ metrics }) => metrics.messages,
  ],
  [
    "counter",
    "hubbub_deliveries_total",
    "Messages delivered to a receiver.",
    ({ metrics }) => metrics.deliveries,
  ],
  [
    "counter",
    "hubbub_skipped_messages_total",
    "Messages skipped for receivers that read too slowly.",
    ({ metrics }) => metrics.skipped,
  ],
  [
    "counter",
    "hubbub_dropped_notices_total",
    "Frames caused by other clients and dropped for clients that were behind.",
    ({ metrics }) => metrics.droppedNotices,
  ],
  [
    "gauge",
    "hubbub_waiting_bytes",
    "Bytes that wait for all clients together.",
    ({ waitingBytes }) => waitingBytes,
  ],
  [
    "counter",
    "hubbub_shed_clients_total",
    "Clients closed because too many bytes waited for all clients together.",
    ({ metrics }) => metrics.shedClients,
  ],
  [
    "counter",
    "hubbub_internal_errors_total",
    "Errors of the server itself; each ended at most one client.",
    ({ metrics }) => metrics.internalErrors,
  ],
  [
    "counter",
    "hubbub_throttled_total",
    "Times that a client exceeded its rate and was read later.",
    ({ metrics }) => metrics.throttled,
  ],
  [
    "counter",
    "hubbub_too_long_total",
    "Lines and frames that were too long.",
    ({ metrics }) => metrics.tooLong,
  ],
  [
    "counter",
    "hubbub_silent_total",
    "Connections closed because they were silent for too long.",
    ({ metrics }) => metrics.silent,
  ],
  [
    "counter",
    "hubbub_wrong_passwords_total",
    "Wrong passwords, of accounts and of the server.",
    ({ metrics }) => metrics.wrongPasswords,
  ],
  [
    "counter",
    "hubbub_registrations_total",
    "Registered names.",
    ({ metrics }) => metrics.registrations,
  ],
  [
    "gauge",
    "hubbub_accounts",
    "Names that are registered.",
    ({ store }) => store.accounts?.size ?? 0,
  ],
  [
    "counter",
    "hubbub_resumed_total",
    "Sessions resumed over a new connection.",
    ({ metrics }) => metrics.resumed,
  ],
  [
    "counter",
    "hubbub_received_bytes_total",
    "Bytes of chat received.",
    ({ metrics }) => metrics.receivedBytes,
  ],
  ["counter", "hubbub_sent_bytes_total", "Bytes of chat sent.", ({ metrics }) => metrics.sentBytes],
  [
    "counter",
    "hubbub_relayed_file_bytes_total",
    "Bytes of files relayed.",
    ({ metrics }) => metrics.relayedBytes,
  ],
  ["gauge", "hubbub_file_transfers", "File transfers in progress.", ({ transfers }) => transfers],
  [
    "counter",
    "hubbub_hook_sent_total",
    "Messages sent to outgoing webhooks.",
    ({ metrics }) => metrics.hookSent,
  ],
  [
    "counter",
    "hubbub_hook_failed_total",
    "Failed attempts to send a message to an outgoing webhook.",
    ({ metrics }) => metrics.hookFailed,
  ],
  [
    "counter",
    "hubbub_hook_dropped_total",
    "Messages for outgoing webhooks that were dropped.",
    ({ metrics }) => metrics.hookDropped,
  ],
  [
    "gauge",
    "hubbub_hook_waiting_messages",
    "Messages that wait for outgoing webhooks.",
    ({ hookWaiting }) => hookWaiting,
  ],
];

const STORAGE: readonly Value[] = [
  [
    "gauge",
    "hubbub_stored_files",
    "Files that are kept for rooms.",
    ({ storedFiles }) => storedFiles.files,
  ],
  [
    "gauge",
    "hubbub_stored_file_bytes",
    "Disk space of the files that are kept for rooms.",
    ({ storedFiles }) => storedFiles.bytes,
  ],
  [
    "counter",
    "hubbub_posted_file_bytes_total",
    "Bytes of files posted in rooms.",
    ({ metrics }) => metrics.storedBytes,
  ],
  [
    "counter",
    "hubbub_evicted_files_total",
    "Stored files deleted since newer ones needed their space.",
    ({ metrics }) => metrics.evictedFiles,
  ],
  ["gauge", "hubbub_bans", "Bans of names and addresses.", ({ store }) => store.bans.size],
  ["gauge", "hubbub_mutes", "Mutes of names and their addresses.", ({ store }) => store.mutes.size],
  [
    "counter",
    "hubbub_stored_messages_total",
    "Messages of rooms stored.",
    ({ stored }) => stored.messages,
  ],
  [
    "counter",
    "hubbub_stored_bytes_total",
    "Stored size of these messages.",
    ({ stored }) => stored.bytes,
  ],
  [
    "gauge",
    "hubbub_history_memory_bytes",
    "Memory of the messages that are kept without --data, or not written yet.",
    ({ stored }) => stored.heldBytes,
  ],
  [
    "gauge",
    "hubbub_database_bytes",
    "Size of the database of --data, without its log.",
    ({ stored }) => stored.diskBytes,
  ],
  [
    "counter",
    "hubbub_store_lost_messages_total",
    "Messages dropped because they could not be stored for too long.",
    ({ stored }) => stored.dropped,
  ],
  [
    "counter",
    "hubbub_store_commits_total",
    "Commits to the store.",
    ({ stored }) => stored.commits,
  ],
  [
    "counter",
    "hubbub_store_commit_seconds_total",
    "Time of the commits, during which no client is served.",
    ({ stored }) => stored.commitSeconds,
  ],
  [
    "gauge",
    "hubbub_store_failing",
    "1 while the store cannot be written to or read, else 0.",
    ({ store }) => store.failure === undefined ? 0 : 1,
  ],
];

const PROCESS: readonly Value[] = [
  [
    "counter",
    "process_cpu_seconds_total",
    "CPU time of the process, in user and system mode.",
    ({ cpuSeconds }) => cpuSeconds,
  ],
  ["gauge", "process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage().rss],
  ["gauge", "process_start_time_seconds", "Unix time at which the process started.", () => STARTED],
];

/**
 * The text of `/metrics`.
 *
 * @param build labels of `hubbub_build_info`.
 */
export function exposeMetrics(
  metrics: Metrics,
  gauges: Gauges,
  build: Readonly<Record<string, string>>,
): string {
  const { statistics: stored, sessions: { usage } } = gauges.store;
  const { user, system } = process.cpuUsage();
  const cpuSeconds = (user + system) / 1e6;
  const scrape: Scrape = { ...gauges, metrics, stored, usage, cpuSeconds };
  const exposition = new Exposition().gauge(
    "hubbub_build_info",
    "Always 1; the labels contain name, version and build.",
    1,
    build,
  );
  const add = (values: readonly Value[]) => {
    for (const [type, name, help, valueOf] of values) exposition[type](name, help, valueOf(scrape));
  };
  add(CONNECTIONS);
  exposition.byLabel(
    "gauge",
    "hubbub_sessions",
    "Connected clients of the chat, by client protocol.",
    "kind",
    metrics.sessions,
  );
  add(TRAFFIC);
  exposition.byLabel(
    "counter",
    "hubbub_refused_total",
    "Refused connections and logins, by reason.",
    "reason",
    metrics.refused,
  );
  add(STORAGE);
  exposition.histogram(
    "hubbub_event_loop_delay_seconds",
    "Delay of a timer of the network's event loop, measured ten times per second.",
    metrics.eventLoopDelay,
  );
  add(PROCESS);
  return exposition.text;
}
