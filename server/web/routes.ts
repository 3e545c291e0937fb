import { joinPage, type Place, placeOf } from "./page.ts";
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

/** What is answered at each path. */
const ROUTES: Readonly<Record<string, (request: WebRequest, site: Site) => WebAnswer>> = {
  "/": ({ host, own }) => ({
    status: 200,
    type: "text/html; charset=utf-8",
    body: joinPage(placeOf(host, own)),
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

/** The path of a request's target, without the query. */
export function pathOf(target: string): string | undefined {
  return target.startsWith("/") ? target.split("?")[0] : URL.parse(target)?.pathname;
}
