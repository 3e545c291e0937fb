import { joinPage, teacherPage } from "./class_page.ts";
import type { ClassAddress } from "./class_page.ts";
import type { ClassRoll } from "./class_roll.ts";
import { readPosition } from "./position.ts";

/** Maximum size of the body of a request, in bytes. A report has some 120. */
export const MAX_BODY_BYTES = 512;

/** A request to a class. */
export interface ClassRequest {
  readonly method: string;
  readonly path: string;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Address of the client, which it cannot choose. */
  readonly address: string;
}

/** An answer: a page, or an object for the program of a learner. */
export interface ClassAnswer {
  readonly status: 200 | 400 | 403 | 404 | 405 | 409 | 413 | 429;
  readonly type: "text/html; charset=utf-8" | "application/json";
  readonly body: string;
}

/** What the answers need. */
export interface ClassContext {
  readonly roll: ClassRoll;
  /** The path of the teacher's page, which learners do not know. */
  readonly teacherPath: string;
  /** Of the lessons, in their order. */
  readonly titles: readonly string[];
  readonly where: ClassAddress;
}

/** An answer with a sentence. */
export function refusal(status: ClassAnswer["status"], error: string): ClassAnswer {
  return { status, type: "application/json", body: JSON.stringify({ error }) };
}

const page = (body: string): ClassAnswer => ({
  status: 200,
  type: "text/html; charset=utf-8",
  body,
});

const DONE: ClassAnswer = { status: 200, type: "application/json", body: "{}" };

/** Answers a request. */
export function answerOf(request: ClassRequest, context: ClassContext): ClassAnswer {
  const { method, path } = request;
  if (method === "GET") {
    if (path === "/") return page(joinPage(context.where));
    if (path !== context.teacherPath) return refusal(404, "There is no such page.");
    return page(teacherPage(context.roll.learners(), context.titles, context.where));
  }
  if (method !== "POST") return refusal(405, "Only GET and POST are known here.");
  // Browsers always send it: no page of another site may act for a learner.
  if (request.headers.has("origin")) return refusal(403, "Only the program may do that.");
  const frame = parsed(request.body);
  if (frame === undefined) return refusal(400, "Invalid body: expected a JSON object.");
  return received(path, frame, request.address, context.roll);
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}

function received(
  path: string,
  { name, token, position }: Record<string, unknown>,
  address: string,
  roll: ClassRoll,
): ClassAnswer {
  if (path === "/join") {
    if (typeof name !== "string") return refusal(400, "The name is missing.");
    const { token: own, refusal: reason } = roll.join(name, address);
    if (own === undefined) return refusal(409, reason);
    return { status: 200, type: "application/json", body: JSON.stringify({ token: own }) };
  }
  if (path !== "/report" && path !== "/leave") return refusal(404, "There is no such path.");
  if (typeof token !== "string") return refusal(400, "The token is missing.");
  const isKnown = path === "/leave"
    ? roll.leave(token)
    : roll.report(token, readPosition(position));
  return isKnown ? DONE : refusal(404, "The class does not know this learner. Join again.");
}
