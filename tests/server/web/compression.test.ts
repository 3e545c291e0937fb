import { assertEquals, assertStrictEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { Compression } from "../../../server/web/compression.ts";

const PAGE = {
  status: 200,
  type: "text/html",
  body: "é".repeat(5000),
  isCompressible: true,
} as const;

Deno.test("compression: a client that accepts gzip gets it, with its length", () => {
  const compression = new Compression();
  for (const header of ["gzip", "br, GZIP;q=0.5", "deflate,gzip ; q=1"]) {
    const { body, headers } = compression.encode(PAGE, header);
    assertEquals(gunzipSync(body).toString(), PAGE.body);
    assertEquals(headers, {
      "Vary": "Accept-Encoding",
      "Content-Encoding": "gzip",
      "Content-Length": String(body.length),
    });
  }
});

Deno.test("compression: a client that does not accept it gets plain text", () => {
  const compression = new Compression();
  for (const header of [undefined, "", "br", "gzip;q=0", "gzip; q=0.000", "xgzip", "identity"]) {
    assertEquals(compression.encode(PAGE, header), {
      body: PAGE.body,
      headers: { "Vary": "Accept-Encoding" },
    });
  }
});

Deno.test("compression: answers that change with each request are not compressed", () => {
  const metrics = { status: 200, type: "text/plain", body: "x".repeat(5000) };
  assertEquals(new Compression().encode(metrics, "gzip"), { body: metrics.body, headers: {} });
});

Deno.test("compression: a fixed text is compressed once, also with other requests in between", () => {
  const compression = new Compression([PAGE.body]);
  const { body } = compression.encode(PAGE, "gzip");
  assertEquals(gunzipSync(body).toString(), PAGE.body);
  for (let number = 0; number < 40; number++) {
    compression.encode({ ...PAGE, body: `page ${number}` }, "gzip");
  }
  assertStrictEquals(compression.encode(PAGE, "gzip").body, body);
});
