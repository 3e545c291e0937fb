import { joinPage, type Place, placeOf } from "./page.ts";
import { PAGE_FILES } from "./page_files.ts";
import { sentence, type WebAnswer } from "./web_answer.ts";

/** Where the WebSocket is. */
export const WEBSOCKET_PATH = "/ws";

/** Where proxies and supervisors ask whether the server is well. */
export const HEALTH_PATH = "/healthz";

/** A request, as far as an answer depends on it. */
export interface WebRequest {
  readonly method: string;
  /** What stands behind the method: a path, or a whole URL. */
  readonly target: string;
  readonly host: string | undefined;
  /** Where the socket says that the server is. */
  readonly own: Place;
  /** The header `Authorization`. */
  readonly authorization?: string | undefined;
}

/** Answers the requests for one path. */
export type Route = (request: WebRequest) => WebAnswer;

/** What is answered at each path. */
export type Routes = Readonly<Record<string, Route>>;

/** The other files of the page have a new address whenever they change: a browser may keep them. */
const KEEP = { "Cache-Control": "public, max-age=31536000, immutable" };

const PAGE_ROUTES: Routes = {
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
  [WEBSOCKET_PATH]: () =>
    sentence(426, "This address speaks WebSocket: one JSON object in each text message.", {
      "Upgrade": "websocket",
    }),
};

const HEALTH_ROUTES: Routes = { [HEALTH_PATH]: () => sentence(200, "ok") };

/**
 * The routes of the chat's own port.
 *
 * @param metrics absent where they are elsewhere.
 */
export function chatRoutes(metrics: Route | undefined): Routes {
  return { ...PAGE_ROUTES, ...(metrics === undefined ? HEALTH_ROUTES : metricsRoutes(metrics)) };
}

/** The routes of a port for the metrics alone. */
export function metricsRoutes(metrics: Route): Routes {
  return { ...HEALTH_ROUTES, "/metrics": metrics };
}

/** Answers a request. */
export function answerTo(request: WebRequest, routes: Routes): WebAnswer {
  const path = pathOf(request.target);
  const route = path !== undefined && Object.hasOwn(routes, path) ? routes[path]! : undefined;
  if (route === undefined) {
    const known = Object.hasOwn(routes, "/")
      ? "The page at / shows how to join."
      : `This port has ${Object.keys(routes).join(" and ")}.`;
    return sentence(404, `Not found. ${known}`);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return sentence(405, "Only GET and HEAD are answered here.", { "Allow": "GET, HEAD" });
  }
  return route(request);
}

/** Longest target of a request, in characters; no path and no query here comes near it. */
export const MAX_TARGET_LENGTH = 2048;

/** The path of a request's target, without the query; `undefined` where it has none, or is too long. */
export function pathOf(target: string): string | undefined {
  if (target.length > MAX_TARGET_LENGTH) return undefined;
  return target.startsWith("/") ? target.split("?", 1)[0] : URL.parse(target)?.pathname;
}
