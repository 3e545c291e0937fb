import { assert, assertRejects, assertStringIncludes } from "@std/assert";
import { CheckClient } from "../../../client/check/check_client.ts";
import type { CheckFailure } from "../../../client/check/mod.ts";
import { flooding, withServer } from "../fixture_server.ts";

Deno.test("check client: a server that sends without end fails the check, and takes no more memory", () =>
  withServer(flooding("hello"), async (port) => {
    const client = await CheckClient.open({ host: "127.0.0.1", port }, 60_000);
    const { message } = await assertRejects(() => client.until(() => false)) as CheckFailure;
    assertStringIncludes(message, "it sent over 8 MB over one connection");
    assert(client.received.length <= 8_000_000);
  }));
