import { assert, assertEquals } from "@std/assert";
import { headersOf, rawAnswer, sentence } from "../../../server/web/web_answer.ts";

Deno.test("web answer: Content-Length counts bytes", () => {
  assertEquals(headersOf(sentence(200, "é"))["Content-Length"], "3");
});

Deno.test("web answer: one without content has no length and no type", () => {
  const headers = headersOf({ status: 204, type: "text/plain", body: "" });
  assertEquals([headers["Content-Length"], headers["Content-Type"]], [undefined, undefined]);
});

Deno.test("web answer: its bytes are a whole HTTP response", () => {
  const [head, body] = rawAnswer(sentence(426, "Nö.", { "Upgrade": "x" })).toString()
    .split("\r\n\r\n");
  const lines = head!.split("\r\n");
  assertEquals(lines[0], "HTTP/1.1 426 Upgrade Required");
  assert(lines.includes("Upgrade: x") && lines.includes("Connection: close"));
  assertEquals(body, "Nö.\n");
});
