/**
 * Times before lines, and dates between them.
 *
 * @module
 */

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];

/**
 * Makes a line for each new date, in the time zone of the machine.
 *
 * Messages of a past day come with `/history`, with a resumed session and with `tail`.
 */
export class DayBreaks {
  #day: number;

  /**
   * Starts with the current date, which needs no line.
   *
   * @param now Unix milliseconds.
   */
  constructor(now: number) {
    this.#day = dayOf(now);
  }

  /**
   * Returns the line to print before a frame, or `""`.
   *
   * @param frame a message that is minutes old has its own date, any other frame that of now.
   */
  beforeFrame(
    frame: { readonly type: string; readonly time?: number | undefined },
    now: number,
  ): string {
    const { type, time = now } = frame;
    const isOld = (type === "message" || type === "whisper") && now - time > OLD_MILLISECONDS;
    return isOld ? this.before(time, { mayGoBack: true }) : this.before(now);
  }

  /**
   * Returns the line to print before a line with this time, or `""`.
   *
   * An earlier date than the last one needs `mayGoBack`, for old messages: around midnight the clocks of
   * two machines would otherwise alternate between two dates.
   */
  before(time: number, { mayGoBack = false }: { mayGoBack?: boolean } = {}): string {
    const day = dayOf(time);
    if (Number.isNaN(day) || day === this.#day || (day < this.#day && !mayGoBack)) return "";
    this.#day = day;
    const date = new Date(time);
    return `--- ${WEEKDAYS[date.getDay()]}, ${date.getDate()} ${
      MONTHS[date.getMonth()]
    } ${date.getFullYear()} ---\n`;
  }
}

/** Milliseconds after which a message counts as old. Clocks of machines differ by less. */
const OLD_MILLISECONDS = 300_000;

/** A number that increases with the date. */
function dayOf(time: number): number {
  const date = new Date(time);
  return (date.getFullYear() * 12 + date.getMonth()) * 31 + date.getDate();
}

/** Formats of the time before a line: `local` is `[HH:MM:SS]` in the time zone of the machine, `iso` has
 * the date, in UTC. */
export const TIMESTAMP_STYLES = ["iso", "local", "none"] as const;

/** One of {@link TIMESTAMP_STYLES}. */
export type TimestampStyle = (typeof TIMESTAMP_STYLES)[number];

/** What stands before each line of a text: a time, for example. */
export interface Stamps {
  /** The text before a line of this time, in Unix milliseconds, with a space after it. */
  at(time: number): string;
}

/** Formats times in one style. It caches the last result: a busy server needs the same second a hundred
 * thousand times. */
export class Timestamps implements Stamps {
  #second = NaN;
  #stamp = "";

  /**
   * Starts with an empty cache.
   *
   * @param style default: `local`.
   */
  constructor(private readonly style: TimestampStyle = "local") {}

  /** The time with a space after it; `""` in the style `none`. */
  at(time: number): string {
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#stamp = stampText(new Date(second * 1000), this.style);
    }
    return this.#stamp;
  }
}

function stampText(date: Date, style: TimestampStyle): string {
  if (style === "none") return "";
  if (style === "local") return `[${clockText(date)}] `;
  const text = Number.isNaN(date.getTime()) ? "an unknown time" : date.toISOString();
  return `[${text.replace(".000Z", "Z")}] `;
}

function clockText(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0")).join(":");
}

/** A date and time with the time zone of the machine: `2026-01-31 13:00 UTC+01:00`. */
export function localTimeText(time: number): string {
  const offset = -new Date(time).getTimezoneOffset();
  // The ISO form is in UTC: moved by the offset, its digits are the local ones.
  const local = new Date(time + offset * 60_000);
  // The maximum date has passed in the zones east of UTC.
  if (Number.isNaN(local.getTime())) return "an unknown time";
  const text = local.toISOString().replace(/:\d\d\.\d{3}Z$/, "").replace("T", " ");
  return `${text} UTC${offset === 0 ? "" : offsetText(offset)}`;
}

/** The offset of a time zone, such as `+05:30`. */
function offsetText(minutes: number): string {
  const part = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${part(size / 60)}:${part(size % 60)}`;
}

/** `12:34:56.789`, in local time. */
export function timeText(time: number): string {
  const date = new Date(time);
  const pad = (number: number, digits = 2) => String(number).padStart(digits, "0");
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${
    pad(date.getMilliseconds(), 3)
  }`;
}
