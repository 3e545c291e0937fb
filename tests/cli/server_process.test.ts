import { assertEquals } from "@std/assert";
import { ServerProcess } from "../../cli/server_process.ts";

/** A shell that ignores SIGTERM, as a server that hangs. */
const STUBBORN = 'trap "" TERM; echo ready; while :; do sleep 1; done';

Deno.test({
  name: "server process: one that ignores SIGTERM is killed, with all that it has started",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const server = await ServerProcess.start("sh", { args: ["-c", STUBBORN], stdout: "piped" });
    const output = server.stdout.getReader();
    await output.read();
    await server.stop("SIGTERM", 10);
    assertEquals(server.ended?.signal, "SIGKILL");
    // A child of the shell would keep the pipe open.
    assertEquals((await output.read()).done, true);
    await server.stop();
  },
});
