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

  /**
   * Starts with the current day, whose lines need no date.
   *
   * @param now Unix milliseconds.
   */
  constructor(now: number) {
    this.#day = dayOf(now);
  }

  /**
   * Returns the line to print before a line of this time, or `""`.
   *
   * An earlier date than the last one counts only with `mayGoBack`, for old messages: around midnight
   * the clocks of two machines would otherwise alternate between two dates.
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

/** A number that is greater for each later day. */
function dayOf(time: number): number {
  const date = new Date(time);
  return (date.getFullYear() * 12 + date.getMonth()) * 31 + date.getDate();
}
