/**
 * The conditions under which a step of a lesson is done, over events at the servers of the lesson.
 *
 * A step declares them behind `until` in its fence, such as `sh 2 until connects, sends "Hello"`. All of
 * them must be fulfilled, in any order.
 *
 * @module
 */

/**
 * The kinds of events, each with the argument of its condition:
 *
 * - `connects`: a client connects; a number of clients, by default 1
 * - `sends`: a client sends a text, with or without a line end; without an argument, any text
 * - `closes`: a connection ends; a number of connections, by default 1
 * - `waits`: a number of clients are connected and not accepted
 * - `joins`: a user of this name joins the chat, or a number of users do
 * - `leaves`: a user of this name leaves it
 */
const ARGUMENTS = {
  connects: "count",
  sends: "text or count",
  closes: "count",
  waits: "count",
  joins: "name or count",
  leaves: "name",
} as const;

/** The kind of an event. */
export type EventKind = keyof typeof ARGUMENTS;

/** Something that happens at a server of a lesson. */
export interface LessonEvent {
  readonly kind: EventKind;
  /** The text that was sent, or the user's name. */
  readonly text?: string;
  /** Of `waits`: the clients that wait now. */
  readonly count?: number;
  /** `ADDRESS:PORT` of the client, where it is known. */
  readonly peer?: string;
}

/** A number of events of a kind. */
export interface Condition {
  readonly kind: EventKind;
  readonly count: number;
  /** The text or name that they must have; `undefined` for any. */
  readonly text?: string;
}

const CONDITION = /\s*([a-z]+)(?: (?:(\d{1,4})|"([^"]+)"|([A-Z][a-z]+)))?\s*(?:,|$)/y;

/**
 * Reads conditions, with commas between them.
 *
 * @throws {SyntaxError} that names the part that is not understood.
 */
export function parseConditions(source: string): Condition[] {
  const conditions: Condition[] = [];
  for (CONDITION.lastIndex = 0; CONDITION.lastIndex < source.length;) {
    const start = CONDITION.lastIndex;
    const [, kind, count, text, name] = CONDITION.exec(source) ?? [];
    const condition = kind === undefined ? undefined : conditionOf(kind, { count, text, name });
    if (condition === undefined) {
      throw new SyntaxError(`unknown condition "${source.slice(start)}"`);
    }
    conditions.push(condition);
  }
  return conditions;
}

function conditionOf(
  kind: string,
  { count, text, name }: Record<"count" | "text" | "name", string | undefined>,
): Condition | undefined {
  if (!Object.hasOwn(ARGUMENTS, kind)) return undefined;
  const wanted = ARGUMENTS[kind as EventKind];
  const given = count !== undefined
    ? "count"
    : text !== undefined
    ? "text"
    : name !== undefined
    ? "name"
    : undefined;
  if (!wanted.includes(given ?? "count") || (given === undefined && wanted === "name or count")) {
    return undefined;
  }
  const word = text ?? name;
  return {
    kind: kind as EventKind,
    count: Number(count ?? 1),
    ...(word === undefined ? undefined : { text: word }),
  };
}

/** Whether a text is what a condition asks for: white space and case do not matter. */
function isSame(one: string, other: string): boolean {
  const plain = (text: string) => text.trim().replace(/\s+/g, " ").toLowerCase();
  return plain(one) === plain(other);
}

export function matches({ kind, text }: Condition, event: LessonEvent): boolean {
  return kind === event.kind && (text === undefined || isSame(text, event.text ?? ""));
}

/**
 * The position behind the events that fulfil all conditions.
 *
 * @returns `undefined` while one is not fulfilled.
 */
export function fulfilledAt(
  conditions: readonly Condition[],
  events: readonly LessonEvent[],
): number | undefined {
  let end = 0;
  for (const condition of conditions) {
    const position = positionOf(condition, events);
    if (position === undefined) return undefined;
    end = Math.max(end, position);
  }
  return end;
}

function positionOf(condition: Condition, events: readonly LessonEvent[]): number | undefined {
  let count = 0;
  for (const [index, event] of events.entries()) {
    if (!matches(condition, event)) continue;
    // The number of clients that wait is a state; of all others the events are counted.
    count = condition.kind === "waits" ? event.count ?? 0 : count + 1;
    if (count >= condition.count) return index + 1;
  }
  return undefined;
}

/** Whether an event is of a kind that a condition waits for, with another text than it wants. */
export function isNear(conditions: readonly Condition[], event: LessonEvent): boolean {
  const same = conditions.filter(({ kind, text }) => kind === event.kind && text !== undefined);
  return same.length > 0 && !same.some((condition) => matches(condition, event));
}

/** A condition as the end of a sentence that begins with "Waiting until". */
export function describeCondition({ kind, count, text }: Condition): string {
  const clients = count === 1 ? "a client" : `${count} clients`;
  switch (kind) {
    case "connects":
      return count === 1 ? "a client connects" : `${clients} connect`;
    case "sends":
      return text === undefined ? "a text arrives" : `"${text}" arrives`;
    case "closes":
      return count === 1 ? "a connection ends" : `${count} connections end`;
    case "waits":
      return count === 1 ? "a client waits in the queue" : `${clients} wait in the queue`;
    case "joins":
      return text === undefined ? `${count} users join` : `${text} joins`;
    case "leaves":
      return `${text} leaves`;
  }
}

/** A fulfilled condition as a sentence. */
export function describeFulfilled({ kind, count, text }: Condition): string {
  const clients = count === 1 ? "A client" : `${count} clients`;
  switch (kind) {
    case "connects":
      return `${clients} ${count === 1 ? "has" : "have"} connected.`;
    case "sends":
      return text === undefined ? "The text has arrived." : `"${text}" has arrived.`;
    case "closes":
      return count === 1 ? "The connection has ended." : `${count} connections have ended.`;
    case "waits":
      return `${clients} ${count === 1 ? "waits" : "wait"} in the queue.`;
    case "joins":
      return text === undefined ? `${count} users have joined.` : `${text} has joined.`;
    case "leaves":
      return `${text} has left.`;
  }
}
