import { cleanLine, shorten } from "../../protocol/text.ts";

/**
 * The log levels; each includes the ones before it. `audit` contains security events: wrong passwords,
 * refused logins, commands of operators and account owners.
 */
export const LOG_LEVELS = ["off", "error", "audit", "warn", "info", "debug"] as const;
/** The lowest severity that is written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The fields of an entry. They never contain messages of users. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** A log entry. */
export interface LogEntry {
  /** Unix milliseconds. */
  readonly time: number;
  /** Severity. */
  readonly level: Exclude<LogLevel, "off">;
  /** One to three words. */
  readonly event: string;
  /** Details. */
  readonly fields: LogFields;
}

/** The formats of a log: lines of text, or a JSON object per line. */
export const LOG_FORMATS = ["text", "json"] as const;
/** The format of a log. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Longest value of a field in a log line, in characters. */
const MAX_VALUE_LENGTH = 200;

/** The same for the stack of an internal error, the field `stack`. */
const MAX_STACK_LENGTH = 2000;

export class Log {
  #threshold: number;

  constructor(
    level: LogLevel,
    private readonly now: () => number,
    private readonly write: (entry: LogEntry) => void,
  ) {
    this.#threshold = LOG_LEVELS.indexOf(level);
  }

  /** Changes the level up to which entries are written. */
  setLevel(level: LogLevel): void {
    this.#threshold = LOG_LEVELS.indexOf(level);
  }

  error(event: string, fields: LogFields = {}): void {
    this.#add("error", event, fields);
  }

  /**
   * Logs a security event. The event is a constant, and the first field of an event about a client is
   * its `address`, so that a filter finds it before any text of the client.
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
 * booleans keep their type. */
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

/** Removes characters that could forge a line or control a terminal. */
function cleanValue(key: string, value: string): string {
  return shorten(cleanLine(value), key === "stack" ? MAX_STACK_LENGTH : MAX_VALUE_LENGTH);
}
