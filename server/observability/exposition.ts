/**
 * The text format in which Prometheus reads metrics, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * @module
 */

import process from "node:process";
import type { Rooms } from "../chat/rooms.ts";
import type { Store } from "../storage/store.ts";
import { DELAY_BOUNDS, type DelayHistogram, type Metrics } from "./metrics.ts";

/** What is looked up when somebody asks, instead of being counted. */
export interface Gauges {
  /** Sockets that are open, whatever they are used for. */
  readonly connections: number;
  /** Connections that have not joined yet. */
  readonly pending: number;
  /** People who are in the chat. */
  readonly members: number;
  readonly rooms: Pick<Rooms, "size" | "total" | "refused" | "expired">;
  readonly store: Pick<
    Store,
    "statistics" | "failure" | "sessions" | "bans" | "mutes" | "accounts"
  >;
  /** Bytes that wait for clients. */
  readonly waitingBytes: number;
  /** Files that are under way. */
  readonly transfers: number;
}

/** Unix time in seconds at which the process started. */
const STARTED = Date.now() / 1000 - process.uptime();

/**
 * Everything that `/metrics` says.
 *
 * @param serverName name and version of the server, for `hubbub_build_info`.
 */
export function exposeMetrics(metrics: Metrics, gauges: Gauges, serverName: string): string {
  const { user, system } = process.cpuUsage();
  const { statistics: stored, failure, sessions: { usage } } = gauges.store;
  return new Exposition()
    .gauge("hubbub_build_info", "Always 1; name and version are in the label.", 1, {
      server: serverName,
    })
    .counter("hubbub_connections_total", "Connections accepted.", metrics.connections)
    .gauge("hubbub_connections", "Connections that are open.", gauges.connections)
    .gauge(
      "hubbub_pending_connections",
      "Connections that have not joined: without a name yet, or for HTTP.",
      gauges.pending,
    )
    .byLabel(
      "gauge",
      "hubbub_sessions",
      "Clients of the chat that are connected, by the way they speak.",
      "kind",
      metrics.sessions,
    )
    .gauge("hubbub_members", "People in the chat.", gauges.members)
    .gauge(
      "hubbub_rooms",
      "Rooms, those that broken connections may come back to included.",
      gauges.rooms.size,
    )
    .gauge(
      "hubbub_known_rooms",
      "Rooms in use, and rooms that are only stored.",
      gauges.rooms.total,
    )
    .counter(
      "hubbub_rooms_refused_total",
      "Rooms that were not made, since there were too many.",
      gauges.rooms.refused,
    )
    .counter(
      "hubbub_rooms_expired_total",
      "Stored rooms that were deleted, since nobody used them for too long.",
      gauges.rooms.expired,
    )
    .gauge(
      "hubbub_resumable_sessions",
      "Sessions that are connected or may be resumed.",
      usage.sessions,
    )
    .gauge(
      "hubbub_kept_whisper_bytes",
      "Memory of the whispers kept for sessions that may have missed them.",
      usage.whisperBytes,
    )
    .gauge(
      "hubbub_whisper_id_bytes",
      "Memory of the ids by which repeated whispers are recognised.",
      usage.idBytes,
    )
    .counter("hubbub_messages_total", "Messages said in rooms.", metrics.messages)
    .counter("hubbub_deliveries_total", "Messages handed to a receiver.", metrics.deliveries)
    .counter(
      "hubbub_skipped_messages_total",
      "Messages left out for receivers that read too slowly.",
      metrics.skipped,
    )
    .counter(
      "hubbub_dropped_notices_total",
      "Frames caused by others and left out for clients that were behind.",
      metrics.droppedNotices,
    )
    .gauge(
      "hubbub_waiting_bytes",
      "Bytes that wait for all clients together.",
      gauges.waitingBytes,
    )
    .counter(
      "hubbub_shed_clients_total",
      "Clients closed since too many bytes waited for all clients together.",
      metrics.shedClients,
    )
    .counter(
      "hubbub_internal_errors_total",
      "Errors of the server itself; each ended at most one client.",
      metrics.internalErrors,
    )
    .counter(
      "hubbub_throttled_total",
      "Times that a client said more than it may, and was read later.",
      metrics.throttled,
    )
    .counter("hubbub_too_long_total", "Lines and frames that were too long.", metrics.tooLong)
    .counter(
      "hubbub_silent_total",
      "Connections dropped, since nothing was heard of them for too long.",
      metrics.silent,
    )
    .counter(
      "hubbub_wrong_passwords_total",
      "Passwords, of accounts and of the server, that were checked and wrong.",
      metrics.wrongPasswords,
    )
    .counter("hubbub_registrations_total", "Names registered.", metrics.registrations)
    .gauge("hubbub_accounts", "Names that are registered.", gauges.store.accounts?.size ?? 0)
    .counter(
      "hubbub_resumed_total",
      "Sessions that went on over a new connection.",
      metrics.resumed,
    )
    .counter("hubbub_received_bytes_total", "Bytes of chat received.", metrics.receivedBytes)
    .counter("hubbub_sent_bytes_total", "Bytes of chat sent.", metrics.sentBytes)
    .counter("hubbub_relayed_file_bytes_total", "Bytes of files relayed.", metrics.relayedBytes)
    .gauge("hubbub_file_transfers", "Files that are under way.", gauges.transfers)
    .byLabel(
      "counter",
      "hubbub_refused_total",
      "Connections and attempts to come in that were refused, by reason.",
      "reason",
      metrics.refused,
    )
    .gauge("hubbub_bans", "Bans of names and addresses.", gauges.store.bans.size)
    .gauge("hubbub_mutes", "Mutes of names and their addresses.", gauges.store.mutes.size)
    .counter("hubbub_stored_messages_total", "Messages of rooms stored.", stored.messages)
    .counter("hubbub_stored_bytes_total", "Their size as they are stored.", stored.bytes)
    .gauge(
      "hubbub_history_memory_bytes",
      "Memory of the messages that are kept without --data, or not yet written.",
      stored.heldBytes,
    )
    .gauge(
      "hubbub_database_bytes",
      "What the database of --data uses on the disk, without its log.",
      stored.diskBytes,
    )
    .counter(
      "hubbub_store_lost_messages_total",
      "Messages given up, since they could not be stored for too long.",
      stored.dropped,
    )
    .counter("hubbub_store_commits_total", "Commits to the store.", stored.commits)
    .counter(
      "hubbub_store_commit_seconds_total",
      "Time that they took, in which nobody was served.",
      stored.commitSeconds,
    )
    .gauge(
      "hubbub_store_failing",
      "1 while the store cannot be written to or read, else 0.",
      failure === undefined ? 0 : 1,
    )
    .histogram(
      "hubbub_event_loop_delay_seconds",
      "How late a timer of the network's event loop was, looked at ten times a second.",
      metrics.eventLoopDelay,
    )
    .counter(
      "process_cpu_seconds_total",
      "Processor time of the process, in user and system mode.",
      (user + system) / 1e6,
    )
    .gauge("process_resident_memory_bytes", "Resident memory.", process.memoryUsage().rss)
    .gauge("process_start_time_seconds", "Unix time at which the process started.", STARTED)
    .text;
}

/** Names of labels and their values. */
type Labels = Readonly<Record<string, string>>;

/** Collects metrics into one text. */
export class Exposition {
  #text = "";

  /** All of it, with a line end at the end, as the format wants it. */
  get text(): string {
    return this.#text;
  }

  /** Something that only grows. Its name ends in `_total`. */
  counter(name: string, help: string, value: number): this {
    return this.#metric(name, "counter", help).#sample(name, {}, value);
  }

  /** Something that goes up and down. */
  gauge(name: string, help: string, value: number, labels: Labels = {}): this {
    return this.#metric(name, "gauge", help).#sample(name, labels, value);
  }

  /** A counter or a gauge for each value of a label. */
  byLabel(
    type: "counter" | "gauge",
    name: string,
    help: string,
    label: string,
    values: Readonly<Record<string, number | undefined>>,
  ): this {
    this.#metric(name, type, help);
    for (const [key, value] of Object.entries(values)) {
      if (value !== undefined) this.#sample(name, { [label]: key }, value);
    }
    return this;
  }

  histogram(name: string, help: string, { buckets, count, sum }: DelayHistogram): this {
    this.#metric(name, "histogram", help);
    let total = 0;
    for (const [index, bound] of DELAY_BOUNDS.entries()) {
      total += buckets[index]!;
      this.#sample(`${name}_bucket`, { le: String(bound) }, total);
    }
    this.#sample(`${name}_bucket`, { le: "+Inf" }, count);
    return this.#sample(`${name}_sum`, {}, sum).#sample(`${name}_count`, {}, count);
  }

  #metric(name: string, type: string, help: string): this {
    const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    this.#text += `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n`;
    return this;
  }

  #sample(name: string, labels: Labels, value: number): this {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    this.#text += `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
    return this;
  }
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
