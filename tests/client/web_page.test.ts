import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionError, webPageStatus } from "../../client/mod.ts";
import { flooding, withServer } from "./fixture_server.ts";

Deno.test("web page: an endless first line is no HTTP", () =>
  withServer(flooding("HTTP/1.1 200 "), async (port) => {
    const found = webPageStatus({ host: "127.0.0.1", port });
    const { code } = await assertRejects(() => found, ConnectionError) as ConnectionError;
    assertEquals(code, "not_hubbub");
  }));
