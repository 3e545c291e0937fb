import { type HttpFeatures, openapiAnswer } from "./openapi.ts";
import { joinPage, type Place, placeOf } from "./page.ts";
import { PAGE_FILES } from "./page_files.ts";
import { sentence, type WebAnswer } from "./web_answer.ts";

export const WEBSOCKET_PATH = "/ws";

/** The path for health checks of proxies and supervisors. */
export const HEALTH_PATH = "/healthz";

/** The parts of a request that determine its answer. */
export interface WebRequest {
  readonly method: string;
  /** A path, or a whole URL. */
  readonly target: string;
  readonly host: string | undefined;
  /** The address of the server on the socket. */
  readonly own: Place;
  /** The path at a proxy below which the server is. */
  readonly prefix?: string;
  /** The header `Authorization`. */
  readonly authorization?: string | undefined;
}

export type Route = (request: WebRequest) => WebAnswer;

export type Routes = Readonly<Record<string, Route>>;

/** The other files of the page have a new path after each change: browsers may cache them. */
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
  "/": ({ host, own, prefix }) => ({
    status: 200,
    type: PAGE_FILES["/"]!.type,
    body: joinPage(placeOf(host, own), prefix),
    isCompressible: true,
  }),
  [WEBSOCKET_PATH]: () =>
    sentence(426, "This address is for WebSocket clients: one JSON object in each text message.", {
      "Upgrade": "websocket",
    }),
};

const HEALTH_ROUTES: Routes = { [HEALTH_PATH]: () => sentence(200, "ok") };

/**
 * The routes of the chat's own port.
 *
 * @param metrics absent if they have another port.
 * @param features that the server has now: called for each request.
 */
export function chatRoutes(
  metrics: Route | undefined,
  features: () => Omit<HttpFeatures, "metrics">,
): Routes {
  return {
    ...PAGE_ROUTES,
    "/openapi.json": () => openapiAnswer({ ...features(), metrics: metrics !== undefined }),
    ...(metrics === undefined ? HEALTH_ROUTES : metricsRoutes(metrics)),
  };
}

/** The routes of a separate port for the metrics. */
export function metricsRoutes(metrics: Route): Routes {
  return { ...HEALTH_ROUTES, "/metrics": metrics };
}

export function answerTo(request: WebRequest, routes: Routes): WebAnswer {
  const path = pathOf(request.target);
  const route = path !== undefined && Object.hasOwn(routes, path) ? routes[path]! : undefined;
  if (route === undefined) {
    const known = Object.hasOwn(routes, "/")
      ? "The page at / shows how to join, /openapi.json the addresses for scripts."
      : `This port has ${Object.keys(routes).join(" and ")}.`;
    return sentence(404, `Not found. ${known}`);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return sentence(405, "Only GET and HEAD are answered here.", { "Allow": "GET, HEAD" });
  }
  return route(request);
}

/** Maximum length of a request's target in characters; all paths and queries here are much shorter. */
export const MAX_TARGET_LENGTH = 2048;

/** The path of a request's target, without the query; `undefined` without one, or if it is too long. */
export function pathOf(target: string): string | undefined {
  if (target.length > MAX_TARGET_LENGTH) return undefined;
  return target.startsWith("/") ? target.split("?", 1)[0] : URL.parse(target)?.pathname;
}

/** A part of a path without its percent-encoding; `undefined` if that is not valid UTF-8. */
export function decodedPart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
