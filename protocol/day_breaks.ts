/**
 * Dates between lines that have the time of day only.
 *
 * @module
 */

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];

/** Makes a line for each change of the date, in the machine's time zone. */
export class DayBreaks {
  #day: number;

  /** Starts with a day that is known.
   *
   * @param now Unix milliseconds; the day of the first lines, which needs no line of its own. */
  constructor(now: number) {
    this.#day = dayOf(now);
  }

  /**
   * The line to print before something of this time, or `""`.
   *
   * A date earlier than the last one is only told of what is old on purpose: around midnight the
   * clocks of two machines would otherwise bring lines back and forth.
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

/** A number that grows from day to day. */
function dayOf(time: number): number {
  const date = new Date(time);
  return (date.getFullYear() * 12 + date.getMonth()) * 31 + date.getDate();
}
