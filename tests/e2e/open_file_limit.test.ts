/** Room for clients under the limit on open files with which a shell starts programs. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { connect, type Socket } from "node:net";
import { PERMISSIONS } from "../../tools/compile_arguments.ts";
import { eventually } from "../support/eventually.ts";
import { isFromSources, runProgram, startProgram, startServe } from "../support/program.ts";

const ignore = Deno.build.os !== "linux";
const isDeno = isFromSources(
  "open files: only Deno can be without the permission to raise the limit, " +
    "and only its listener needs a watchdog",
);

/**
 * The process has the limit of a shell. Deno raises it at its start: there a module lowers it again, as
 * in an executable, and the program has only the given permissions more.
 */
const lowered = (...permissions: string[]) =>
  isDeno
    ? { preload: "tests/fixtures/low_open_file_limit.ts", permissions }
    : { shell: 'ulimit -S -n 1024; exec "$@"' };

/** The permission that the executable has for it. */
const FFI = PERMISSIONS.filter((flag) => flag.startsWith("--allow-ffi="));

/** The soft and the hard limit of a process. */
async function limits(pid: number): Promise<string[]> {
  const { stdout } = await new Deno.Command("prlimit", {
    args: [`--pid=${pid}`, "--nofile", "--output=SOFT,HARD", "--noheadings"],
  }).output();
  return new TextDecoder().decode(stdout).trim().split(/ +/);
}

const QUIET = ["--max-clients", "2000", "--log-level", "warn"];

Deno.test({
  name: "open files: serve raises the limit of a shell before it counts the places for clients",
  ignore,
  fn: async () => {
    await using serve = await startServe(QUIET, lowered(...FFI));
    const [soft, hard] = await limits(serve.child.pid);
    assertEquals(soft, hard);
    await serve.stdout.until(/2000 clients/);
    serve.child.kill("SIGTERM");
    assertEquals(await serve.exit, 0);
    assertEquals(await serve.stderr.all(), "");
  },
});

Deno.test({
  name: "open files: without the permission serve keeps the limit, and logs its places",
  ignore: ignore || !isDeno,
  fn: async () => {
    await using serve = await startServe(QUIET, lowered());
    assertEquals((await limits(serve.child.pid))[0], "1024");
    await serve.stderr.until(/leaves room for \d{3} clients; raise it with: ulimit -n \d+/);
  },
});

Deno.test({
  name: "open files: bench opens more connections than the limit of a shell allows",
  ignore,
  fn: async () => {
    await using serve = await startServe(["--max-clients", "2000"]);
    const run = (...permissions: string[]) =>
      runProgram(
        ["bench", "connect", `127.0.0.1:${serve.port}`, "-c", "1500", "--timeout", "2m", "-j"],
        lowered(...permissions),
      );
    const { code, stdout, stderr } = await run(...FFI);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(JSON.parse(stdout).connections, 1500);
    if (!isDeno) return;
    const refused = await run();
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertMatch(
      refused.stderr,
      /^Cannot open 1500 connections: .* raise the limit first: ulimit -n 2524\.\n$/,
    );
  },
});

/** Whether a class answers a request, and does not close the connection instead. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\n\r\n"));
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("close", () => resolve(false));
  });
}

Deno.test({
  name: "open files: a class that had none left accepts learners again",
  ignore,
  fn: async () => {
    await using teacher = startProgram(["learn", "--class", "--host", "127.0.0.1", "--port", "0"]);
    const [, digits] = await teacher.stdout.until(/^Listening on \S+:(\d+)$/m);
    const port = Number(digits);
    const { pid } = teacher.child;
    // Only a program with all permissions may read that itself.
    const open = await new Deno.Command("ls", { args: [`/proc/${pid}/fd`] }).output();
    const limit = new TextDecoder().decode(open.stdout).trim().split("\n").length + 20;
    const { success } = await new Deno.Command("prlimit", {
      args: [`--pid=${pid}`, `--nofile=${limit}:${limit}`],
    }).output();
    assert(success);
    const flood = await Promise.all(Array.from({ length: 200 }, () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      return new Promise<Socket>((resolve) => socket.once("connect", () => resolve(socket)));
    }));
    for (const socket of flood) socket.destroy();
    if (isDeno) {
      await teacher.stderr.until(/warn {2}the listener had stopped accepting; listening again/);
    }
    await eventually(() => answers(port), "an answer of the class");
  },
});
