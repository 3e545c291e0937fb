/**
 * Every command of `docs/LESSONS.md` is run as it stands there, but on a free port, and what the lesson
 * says that it shows is looked for.
 *
 * The word behind the language of a block says what it is: `server` and `client N` go on running,
 * `type` is what is typed into one of them, `shows` is what is to be seen, `fails` ends with an error.
 */

import { assert, assertEquals } from "@std/assert";
import { hasCommand } from "../support/commands.ts";
import { canAskKernel, connectionsTo } from "../support/kernel_sockets.ts";
import { LineReader, PROGRAM, PROJECT } from "../support/program.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../../docs/LESSONS.md", import.meta.url));

/** A block of a lesson. */
interface Block {
  readonly language: string;
  readonly role: string;
  readonly text: string;
}

/** What runs in a terminal. */
interface Running {
  readonly reader: LineReader;
  readonly stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly child: Deno.ChildProcess;
}

/** How long something may take to be shown; only failing tests wait so long. */
const PATIENCE_MILLISECONDS = 20_000;

/** The port of the lessons. */
const PORT = /\b8080\b/g;

const quoted = PROGRAM.map((word) => `'${word}'`).join(" ");

/** The terminals of one lesson. */
class Terminals implements AsyncDisposable {
  readonly #running = new Map<string, Running>();
  #port = freePort();
  #clients = 0;
  #last = "";

  async do({ language, role, text }: Block): Promise<void> {
    const [verb = "", which = ""] = role.split(" ");
    if (language === "text" && verb === "type") await this.#type(which, text);
    else if (verb === "shows") await this.#shows(which, text);
    else if (verb === "server") await this.#startServer(text);
    else if (verb === "client") await this.#startClient(which, text);
    else if (language === "sh") await this.#run(text, verb === "fails");
  }

  async #startServer(command: string): Promise<void> {
    await this.#stop("server");
    const server = this.#start(command, { HUBBUB_PORT: "0" });
    this.#running.set("server", server);
    const [, port] = await server.reader.until(/^Listening on \S+:(\d+)$/m);
    this.#port = Number(port);
    this.#clients = 0;
  }

  async #startClient(which: string, command: string): Promise<void> {
    this.#running.set(which, this.#start(this.#local(command)));
    this.#clients++;
    // Who comes first is served first. The kernel tells nobody of a connection: it has to be asked.
    while (connectionsTo(this.#port) < this.#clients) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #run(command: string, fails: boolean): Promise<void> {
    const { child, reader, stdin } = this.#start(this.#local(command));
    await stdin.close();
    this.#last = await reader.all();
    const { success } = await child.status;
    assertEquals(success, !fails, `${command}\n${this.#last}`);
  }

  async #type(which: string, text: string): Promise<void> {
    if (text === "Ctrl+C\n") return await this.#stop(which);
    await this.#terminal(which).stdin.write(new TextEncoder().encode(text));
  }

  async #shows(which: string, text: string): Promise<void> {
    const lines = this.#local(text).trimEnd().split("\n").map((line) =>
      line.split("…").map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*?")
    );
    const expected = new RegExp(lines.join("[^]*?"));
    if (which !== "") await inTime(this.#terminal(which).reader, expected);
    else assert(expected.test(this.#last), `${expected} is not in: ${this.#last}`);
  }

  #terminal(which: string): Running {
    const running = this.#running.get(which);
    assert(running !== undefined, `nothing runs in terminal ${which}`);
    return running;
  }

  /** With the port that is used in place of the lessons'. */
  #local(text: string): string {
    return text.replaceAll(PORT, String(this.#port));
  }

  #start(command: string, env: Record<string, string> = {}): Running {
    const script = command.trim().replaceAll("deno task hubbub", quoted);
    // A command alone takes the shell's place, so that a signal reaches it.
    const isAlone = !/[|;]/.test(command.replaceAll(/'[^']*'/g, ""));
    const child = new Deno.Command("bash", {
      args: ["-c", `exec 2>&1; ${isAlone ? "exec " : ""}${script}`],
      cwd: PROJECT,
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    return { child, stdin: child.stdin.getWriter(), reader: new LineReader(child.stdout) };
  }

  async #stop(which: string): Promise<void> {
    const running = this.#running.get(which);
    if (running === undefined) return;
    this.#running.delete(which);
    try {
      running.child.kill("SIGINT");
    } catch {
      // It has ended already.
    }
    await running.child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const which of [...this.#running.keys()].reverse()) await this.#stop(which);
  }
}

/** Waits until something was printed, and fails with what was printed instead. */
async function inTime(reader: LineReader, expected: RegExp): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${expected} was not printed: ${reader.text}`)),
      PATIENCE_MILLISECONDS,
    );
  });
  const shown = reader.until(expected);
  shown.catch(() => {}); // told by the race
  try {
    await Promise.race([shown, late]);
  } finally {
    clearTimeout(timer);
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function blocksOf(lesson: string): Block[] {
  return [...lesson.matchAll(/^```(\w+) ?(.*)\n([^]*?)^```$/gm)].map(
    ([, language = "", role = "", text = ""]) => ({ language, role, text }),
  );
}

const lessons = DOCUMENT.split(/^## /m).slice(1);
const withoutNc = !canAskKernel || !hasCommand("nc", "-h");
const withoutSs = !canAskKernel || !hasCommand("ss", "-V");

Deno.test("lessons: there are fifteen, each with a question and its answer folded", () => {
  assertEquals(
    lessons.map((lesson) => Number(/^\d+/.exec(lesson)?.[0])),
    Array.from({ length: 15 }, (_, index) => index + 1),
  );
  for (const lesson of lessons) {
    assert(/\*\*Question\.\*\*[^]+<details><summary>Answer<\/summary>/.test(lesson), lesson);
  }
});

for (const lesson of lessons) {
  const blocks = blocksOf(lesson);
  const commands = blocks.filter(({ language }) => language === "sh").map(({ text }) => text);
  if (commands.length === 0) continue;
  Deno.test({
    name: `lesson ${lesson.split("\n", 1)[0]}`,
    ignore: !canAskKernel || (withoutNc && commands.some((text) => text.startsWith("nc "))) ||
      (withoutSs && commands.some((text) => text.startsWith("ss "))),
    fn: async () => {
      await using terminals = new Terminals();
      for (const block of blocks) await terminals.do(block);
    },
  });
}
