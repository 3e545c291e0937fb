import { cleanLine, shorten } from "../../protocol/mod.ts";

/**
 * How much is logged: each level includes the ones before it. `audit` is for what concerns security:
 * wrong passwords, refused logins, what operators and account owners do.
 */
export const LOG_LEVELS = ["off", "error", "audit", "warn", "info", "debug"] as const;
/** From which severity on entries are written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a log line is about. What people say is never part of it. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** One log entry, on its way to whoever writes it. */
export interface LogEntry {
  /** Unix milliseconds. */
  readonly time: number;
  /** How severe it is. */
  readonly level: Exclude<LogLevel, "off">;
  /** What happened, in a word or two. */
  readonly event: string;
  /** The details. */
  readonly fields: LogFields;
}

/** How log entries are written: as lines for people, or as JSON for programs. */
export const LOG_FORMATS = ["text", "json"] as const;
/** How entries are written. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Longest value of a field in a log line, in characters. */
const MAX_VALUE_LENGTH = 200;

/** The same for the stack of an internal error, the field `stack`. */
const MAX_STACK_LENGTH = 2000;

/** Passes on the entries up to a level. */
export class Log {
  readonly #threshold: number;

  constructor(
    level: LogLevel,
    private readonly now: () => number,
    private readonly write: (entry: LogEntry) => void,
  ) {
    this.#threshold = LOG_LEVELS.indexOf(level);
  }

  error(event: string, fields: LogFields = {}): void {
    this.#add("error", event, fields);
  }

  /**
   * Logs what concerns security. The event is a constant, and the first field of an event about a
   * client is its `address`, so that a filter finds it before anything that the client chose.
   */
  audit(event: string, fields: LogFields = {}): void {
    this.#add("audit", event, fields);
  }

  warn(event: string, fields: LogFields = {}): void {
    this.#add("warn", event, fields);
  }

  info(event: string, fields: LogFields = {}): void {
    this.#add("info", event, fields);
  }

  debug(event: string, fields: LogFields = {}): void {
    this.#add("debug", event, fields);
  }

  #add(level: LogEntry["level"], event: string, fields: LogFields): void {
    if (LOG_LEVELS.indexOf(level) > this.#threshold) return;
    this.write({ time: this.now(), level, event, fields });
  }
}

/** A log entry as one line without its end, in either format. */
export function logLine(entry: LogEntry, format: LogFormat = "text"): string {
  return format === "json" ? jsonLine(entry) : textLine(entry);
}

/** `2026-01-31T12:00:00.000Z info  joined name=Alice` */
function textLine({ time, level, event, fields }: LogEntry): string {
  const pairs = Object.entries(fields).map(([key, value]) => {
    const clean = cleanValue(key, String(value));
    return ` ${key}=${/[\s"=]/.test(clean) || clean === "" ? JSON.stringify(clean) : clean}`;
  });
  return `${new Date(time).toISOString()} ${level.padEnd(5)} ${event}${pairs.join("")}`;
}

/** `{"time":"2026-01-31T12:00:00.000Z","level":"info","event":"joined","name":"Alice"}`; numbers and
 * truth values stay what they are. */
function jsonLine({ time, level, event, fields }: LogEntry): string {
  const clean = Object.entries(fields).map(([key, value]) =>
    [key, typeof value === "string" ? cleanValue(key, value) : value] as const
  );
  return JSON.stringify({
    time: new Date(time).toISOString(),
    level,
    event,
    ...Object.fromEntries(clean),
  });
}

/** A value in a log must neither forge a line nor reach a terminal with control characters. */
function cleanValue(key: string, value: string): string {
  return shorten(cleanLine(value), key === "stack" ? MAX_STACK_LENGTH : MAX_VALUE_LENGTH);
}
