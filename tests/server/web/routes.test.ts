import { assertEquals } from "@std/assert";
import { metricsRoute } from "../../../server/web/metrics_route.ts";
import { answerTo, chatRoutes, metricsRoutes, pathOf } from "../../../server/web/routes.ts";

const METRICS = metricsRoute(() => "hubbub_rooms 1\n", () => null);
const OWN = { host: "192.0.2.7", port: 8080, isSecure: false };

const ALL = () => ({ files: true, hooks: true });

const answer = (method: string, target: string, routes = chatRoutes(METRICS, ALL)) =>
  answerTo({ method, target, host: "chat.lan", own: OWN }, routes);

Deno.test("routes: each path has its answer", () => {
  assertEquals(answer("GET", "/").type, "text/html; charset=utf-8");
  assertEquals(answer("GET", "/healthz").body, "ok\n");
  assertEquals(answer("GET", "/metrics").body, "hubbub_rooms 1\n");
  assertEquals(answer("GET", "/ws").status, 426);
});

Deno.test("routes: an unknown path is 404 for any method", () => {
  for (const target of ["/x", "", "*", "/__proto__", "/toString", "//", "/healthz/", "/%2e"]) {
    assertEquals([answer("GET", target).status, answer("PUT", target).status], [404, 404], target);
  }
});

Deno.test("routes: a known path accepts only GET and HEAD", () => {
  assertEquals(answer("HEAD", "/healthz").status, 200);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get"]) {
    const { status, headers } = answer(method, "/healthz");
    assertEquals([status, headers], [405, { Allow: "GET, HEAD" }]);
  }
});

Deno.test("routes: a target may be a whole URL, and have a query", () => {
  assertEquals(pathOf("http://chat.lan/ws?x=/y"), "/ws");
  assertEquals(pathOf("/ws?x=/y"), "/ws");
  assertEquals(pathOf("not a target"), undefined);
  assertEquals(pathOf("/ws?".padEnd(2048, "x")), "/ws");
  for (const start of ["/ws?", "http://chat.lan/ws?"]) {
    assertEquals(pathOf(start.padEnd(2049, "x")), undefined, "a longer target is not parsed");
  }
});

Deno.test("routes: metrics on a port of their own are on no other port, which serves nothing else", () => {
  assertEquals(answer("GET", "/metrics", chatRoutes(undefined, ALL)).status, 404);
  assertEquals(answer("GET", "/healthz", chatRoutes(undefined, ALL)).status, 200);
  const own = metricsRoutes(METRICS);
  assertEquals(answer("GET", "/metrics", own).body, "hubbub_rooms 1\n");
  assertEquals(answer("GET", "/healthz", own).status, 200);
  for (const path of ["/", "/ws"]) assertEquals(answer("GET", path, own).status, 404);
});

Deno.test("routes: with a token the metrics require it", () => {
  const route = metricsRoute(() => "all", () => "s3cret");
  const ask = (authorization?: string) =>
    route({ method: "GET", target: "/metrics", host: "x", own: OWN, authorization });
  for (const right of ["Bearer s3cret", "bearer  s3cret "]) assertEquals(ask(right).body, "all");
  for (
    const wrong of [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      "s3cret",
      "Basic s3cret",
      "Bearer s3cre",
      "Bearer s3crets",
      "Bearer S3CRET",
      "Bearer s3cret x",
      `Bearer ${"x".repeat(10_000)}`,
    ]
  ) {
    const { status, headers } = ask(wrong);
    assertEquals([status, headers?.["WWW-Authenticate"]], [401, 'Bearer realm="metrics"'], wrong);
  }
});

Deno.test("routes: /openapi.json has the paths that the server has at the moment", () => {
  const features = { files: true, hooks: false };
  const pathsOf = (metrics?: typeof METRICS) =>
    Object.keys(
      JSON.parse(String(answer("GET", "/openapi.json", chatRoutes(metrics, () => features)).body))
        .paths,
    );
  const always = [
    "/rooms/{room}",
    "/rooms/{room}/messages",
    "/rooms/{room}/events",
    "/healthz",
  ];
  assertEquals(
    new Set(pathsOf()),
    new Set([...always, "/rooms/{room}/files/{name}", "/files/{hash}/{name}"]),
  );
  Object.assign(features, { files: false, hooks: true });
  assertEquals(new Set(pathsOf(METRICS)), new Set([...always, "/hooks/{token}", "/metrics"]));
});
