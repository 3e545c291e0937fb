import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { CliError } from "../../cli/exit.ts";
import { startOwnEchoServer, startOwnServer } from "../../cli/own_server.ts";

for (
  const [kind, start] of Object.entries({
    chat: (signal: AbortSignal) => startOwnServer(1, signal),
    echo: startOwnEchoServer,
  })
) {
  Deno.test(`own server, ${kind}: a start that is interrupted leaves nothing behind`, async () => {
    const error = await start(AbortSignal.abort()).catch((error) => error);
    assertInstanceOf(error, CliError);
    assertEquals([error.message, error.exitCode], ["Interrupted before the run started.", 130]);
  });
}

Deno.test("own server: it runs until it is stopped, also after an interrupt", async () => {
  const stop = new AbortController();
  const server = await startOwnServer(1, stop.signal);
  stop.abort();
  const connection = await Deno.connect({ hostname: server.host, port: server.port });
  connection.close();
  await server.stop();
  await assertRejects(() => Deno.connect({ hostname: server.host, port: server.port }));
});
