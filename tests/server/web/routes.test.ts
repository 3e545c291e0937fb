import { assertEquals } from "@std/assert";
import { answerTo, pathOf } from "../../../server/web/routes.ts";

const SITE = { exposeMetrics: () => "hubbub_rooms 1\n" };
const OWN = { host: "192.0.2.7", port: 8080, isSecure: false };

const answer = (method: string, target: string) =>
  answerTo({ method, target, host: "chat.lan", own: OWN }, SITE);

Deno.test("routes: each path has its answer", () => {
  assertEquals(answer("GET", "/").type, "text/html; charset=utf-8");
  assertEquals(answer("GET", "/healthz").body, "ok\n");
  assertEquals(answer("GET", "/metrics").body, "hubbub_rooms 1\n");
  assertEquals(answer("GET", "/ws").status, 426);
});

Deno.test("routes: what is not there is 404, whatever the method", () => {
  for (const target of ["/x", "", "*", "/__proto__", "/toString", "//", "/healthz/", "/%2e"]) {
    assertEquals([answer("GET", target).status, answer("PUT", target).status], [404, 404], target);
  }
});

Deno.test("routes: what is there takes GET and HEAD alone", () => {
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
    assertEquals(pathOf(start.padEnd(2049, "x")), undefined, "a longer one is not looked at");
  }
});
