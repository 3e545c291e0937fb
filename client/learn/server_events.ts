import type { LessonEvent } from "./conditions.ts";

/** A line that a server of a lesson prints. */
export interface ServerLine {
  /** What has happened; `undefined` for a line that is no event. */
  readonly event: LessonEvent | undefined;
  /** The option of the server without which it would not print the line. */
  readonly option: "--trace" | "--log-level" | undefined;
}

/** The lines of `hubbub echo`, each with its kind. */
const ECHO: readonly (readonly [RegExp, LessonEvent["kind"]])[] = [
  [/^New connection from (\S+)$/, "connects"],
  [/^Received from (\S+): (.*)$/, "sends"],
  [/^Connection closed for (\S+)$/, "closes"],
];

/** A line of a trace: the time, the peer, a number of bytes, and the bytes as a quoted string. */
const TRACE =
  /^\d\d:\d\d:\d\d(?:\.\d+)? (\S+) (?:read the end|(read|wrote) \d+ bytes?\b.*?: (".*"…?))$/;

/** An entry of the log of `hubbub serve`. */
const LOG = /^\d{4}-\d\d-\d\dT\S+Z (\w+) +(\w+)(?: (.*))?$/;

/** The entries of the log that are events. */
const LOG_EVENTS: Readonly<Record<string, LessonEvent["kind"]>> = {
  connected: "connects",
  closed: "closes",
  joined: "joins",
  left: "leaves",
};

/** Reads a line that `hubbub echo` or `hubbub serve` prints. */
export function readServerLine(line: string): ServerLine {
  for (const [form, kind] of ECHO) {
    const [, peer, text] = form.exec(line) ?? [];
    if (peer === undefined) continue;
    return { event: { kind, peer, ...(text === undefined ? {} : { text }) }, option: undefined };
  }
  const [, traced, direction, quoted] = TRACE.exec(line) ?? [];
  if (traced !== undefined) {
    const event: LessonEvent | undefined = direction === "read"
      ? { kind: "sends", peer: traced, text: unquoted(quoted!) }
      : undefined;
    return { event, option: "--trace" };
  }
  const [, level, entry = "", fields = ""] = LOG.exec(line) ?? [];
  if (level === undefined) return { event: undefined, option: undefined };
  return { event: logEvent(entry, fields), option: level === "debug" ? "--log-level" : undefined };
}

function logEvent(entry: string, fields: string): LessonEvent | undefined {
  if (!Object.hasOwn(LOG_EVENTS, entry)) return undefined;
  const [, peer] = /\baddress=(\S+)/.exec(fields) ?? [];
  const [, text] = /^name=("(?:[^"\\]|\\.)*"|\S+)/.exec(fields) ?? [];
  return {
    kind: LOG_EVENTS[entry]!,
    ...(peer === undefined ? undefined : { peer }),
    ...(text === undefined ? undefined : { text: unquoted(text) }),
  };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** The text of a quoted string. Bytes that are no text keep their escapes. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.replace(/^"|"…?$/g, "")
    .replace(/\\([nrt"\\])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}
