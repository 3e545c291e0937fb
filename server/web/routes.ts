import { joinPage, type Place, placeOf } from "./page.ts";
import { PAGE_FILES } from "./page_files.ts";
import { sentence, type WebAnswer } from "./web_answer.ts";

/** Where the WebSocket is. */
export const WEBSOCKET_PATH = "/ws";

/** A request, as far as an answer depends on it. */
export interface WebRequest {
  readonly method: string;
  /** What stands behind the method: a path, or a whole URL. */
  readonly target: string;
  readonly host: string | undefined;
  /** Where the socket says that the server is. */
  readonly own: Place;
}

/** What the answers tell of the server. */
export interface Site {
  /** The text of `/metrics`. */
  exposeMetrics(): string;
}

type Route = (request: WebRequest, site: Site) => WebAnswer;

/** The other files of the page have a new address whenever they change: a browser may keep them. */
const KEEP = { "Cache-Control": "public, max-age=31536000, immutable" };

/** What is answered at each path. */
const ROUTES: Readonly<Record<string, Route>> = {
  ...Object.fromEntries(
    Object.entries(PAGE_FILES).map(([path, { type, text }]): [string, Route] => {
      const answer: WebAnswer = {
        status: 200,
        type,
        body: text,
        isCompressible: true,
        headers: KEEP,
      };
      return [path, () => answer];
    }),
  ),
  "/": ({ host, own }) => ({
    status: 200,
    type: PAGE_FILES["/"]!.type,
    body: joinPage(placeOf(host, own)),
    isCompressible: true,
  }),
  "/healthz": () => sentence(200, "ok"),
  "/metrics": (_request, site) => ({
    status: 200,
    type: "text/plain; version=0.0.4; charset=utf-8",
    body: site.exposeMetrics(),
  }),
  [WEBSOCKET_PATH]: () =>
    sentence(426, "This address speaks WebSocket: one JSON object in each text message.", {
      "Upgrade": "websocket",
    }),
};

/** Answers a request. */
export function answerTo(request: WebRequest, site: Site): WebAnswer {
  const path = pathOf(request.target);
  const route = path !== undefined && Object.hasOwn(ROUTES, path) ? ROUTES[path]! : undefined;
  if (route === undefined) return sentence(404, "There is nothing here. How to join is told at /.");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return sentence(405, "Only GET and HEAD are answered here.", { "Allow": "GET, HEAD" });
  }
  return route(request, site);
}

/** Longest target of a request, in characters; no path and no query here comes near it. */
const MAX_TARGET_LENGTH = 2048;

/** The path of a request's target, without the query; `undefined` where it has none, or is too long. */
export function pathOf(target: string): string | undefined {
  if (target.length > MAX_TARGET_LENGTH) return undefined;
  return target.startsWith("/") ? target.split("?", 1)[0] : URL.parse(target)?.pathname;
}
