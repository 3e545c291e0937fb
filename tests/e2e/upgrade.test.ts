/**
 * An upgrade: the program is replaced while its server runs, and the server is started again on the same
 * data. There are two copies of the program; the newer one has one more step of the schema.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { ChatClient, type ChatEvent } from "../../client/mod.ts";
import { neededBy } from "../../tools/needed_modules.ts";
import { REPOSITORY, withEmptyFolder } from "../../tools/repository.ts";
import { freePort } from "../support/addresses.ts";
import { eventually } from "../support/eventually.ts";
import { writeOldData } from "../support/old_data.ts";
import { PROGRAM, type Program, startProgram } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";

const isFromSources = PROGRAM.at(-1) === "cli/main.ts";
if (!isFromSources) console.log("left out: the tests of an upgrade, which change the sources");
const ignore = Deno.build.os === "windows" || !isFromSources;

/** Version of the newer copy. */
const NEXT = "7.7.7";

/** Copies the program into a folder. */
async function copyProgram(folder: string): Promise<void> {
  const { files } = await neededBy("cli/main.ts");
  for (const file of [...files, "deno.json", "deno.lock", "web/deno.json"]) {
    await Deno.mkdir(dirname(join(folder, file)), { recursive: true });
    await Deno.copyFile(join(REPOSITORY, file), join(folder, file));
  }
}

/** Replaces a text in a file, which has to be there once. */
async function edit(path: string, before: string, after: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  assertEquals(text.split(before).length, 2, `${before} in ${path}`);
  await Deno.writeTextFile(path, text.replace(before, after));
}

/** Makes a copy the next version, which stores more. */
async function makeNext(folder: string): Promise<void> {
  await edit(join(folder, "deno.json"), '"version": "0.1.0"', `"version": "${NEXT}"`);
  await edit(
    join(folder, "server/storage/schema.ts"),
    "\n];\n",
    "\n  `CREATE TABLE next_version (what TEXT) STRICT; INSERT INTO next_version VALUES ('new');`,\n];\n",
  );
}

/** A program that is replaced by renaming, as `mv` does, and its data. */
class Installation {
  readonly data: string;
  readonly port = freePort();
  readonly #current: string;

  constructor(private readonly folder: string) {
    this.data = join(folder, "data");
    this.#current = join(folder, "current");
  }

  async install(version: "old" | "new"): Promise<void> {
    const link = join(this.folder, "link");
    await Deno.symlink(join(this.folder, version), link);
    await Deno.rename(link, this.#current);
  }

  run(...parameters: readonly string[]): Program {
    return startProgram(parameters, { shell: `cd '${this.#current}' && exec "$@"` });
  }

  async serve(): Promise<Program> {
    const options = ["--port", String(this.port), "--data", this.data, "--rate", "off"];
    const program = this.run("serve", ...options, "--log-level", "warn");
    await program.stdout.until(/^Listening on /m);
    return program;
  }

  /** The name and version with which the running server introduces itself. */
  async version(): Promise<string> {
    const client = await RawClient.connect(this.port);
    client.send("\x1e");
    const { server } = await client.frame("server");
    client.close();
    return server;
  }

  /** The bytes of the data, without SQLite's index of the log, which it makes anew. */
  async bytes(): Promise<Record<string, Uint8Array>> {
    const names = (await Array.fromAsync(Deno.readDir(this.data))).map(({ name }) => name);
    const kept = names.filter((name) => !name.endsWith("-shm")).sort();
    const contents = await Promise.all(kept.map((name) => Deno.readFile(join(this.data, name))));
    return Object.fromEntries(kept.map((name, index) => [name, contents[index]!]));
  }
}

async function installed(test: (installation: Installation) => Promise<void>): Promise<void> {
  await withEmptyFolder(async (folder) => {
    for (const version of ["old", "new"]) await copyProgram(join(folder, version));
    await makeNext(join(folder, "new"));
    const installation = new Installation(folder);
    await installation.install("old");
    await test(installation);
  });
}

/** A client that talks until {@link Talker.isQuiet}, through any break. */
class Talker {
  /** The texts of the others, in the order in which they came. */
  readonly received: string[] = [];
  readonly sent: string[] = [];
  /** How the connection changed. */
  readonly changes: string[] = [];
  isQuiet = false;

  private constructor(readonly client: ChatClient) {}

  static async join(name: string, port: number): Promise<Talker> {
    const reconnect = { firstDelayMilliseconds: 50, maxDelayMilliseconds: 200 };
    return new Talker(await ChatClient.connect({ port, name, reconnect }));
  }

  /** @param onAck called after each acknowledgement. */
  async talk(onAck: () => void): Promise<void> {
    const { client, sent } = this;
    void this.#listen(client.events());
    while (!this.isQuiet) {
      const text = `${client.name} says ${sent.length}`;
      sent.push(text);
      await client.send(text);
      onAck();
    }
  }

  async #listen(events: AsyncIterable<ChatEvent>): Promise<void> {
    for await (const event of events) {
      if (event.type === "message") this.received.push(event.text);
      else if (event.type === "connection") {
        const { state } = event;
        this.changes.push(state === "restored" && event.resumed ? "resumed" : state);
      } else if (event.type === "skipped") this.changes.push("skipped");
    }
  }

  /** Waits until all that was acknowledged to others before has arrived. */
  async settle(others: number): Promise<void> {
    // The answer comes behind the messages, and their events are read later.
    await this.client.users();
    await eventually(() => this.received.length >= others, `${others} messages`);
  }
}

const TALKERS = 6;
/** Acknowledgements before the file is replaced, while the old server still runs, and after the restart. */
const ACKS = 200;

Deno.test({
  name: `upgrade: ${TALKERS} clients that chat resume on the next version, and lose no message`,
  ignore,
  fn: () =>
    installed(async (installation) => {
      const { data, port } = installation;
      await writeOldData(data);
      const old = await installation.serve();
      let next: Program | undefined;
      try {
        assertEquals(await installation.version(), "hubbub 0.1.0");
        const talkers = await Promise.all(
          Array.from({ length: TALKERS }, (_, index) => Talker.join(`user${index}`, port)),
        );
        let acks = 0;
        let wake = () => {};
        const acknowledged = async (count: number) => {
          const goal = acks + count;
          while (acks < goal) await new Promise<void>((resolve) => wake = resolve);
        };
        const talking = talkers.map((talker) =>
          talker.talk(() => {
            acks++;
            wake();
          })
        );
        await acknowledged(ACKS);
        await installation.install("new");
        await acknowledged(ACKS);
        assertEquals(await installation.version(), "hubbub 0.1.0", "until its restart");
        old.child.kill("SIGTERM");
        assertEquals(await old.exit, 0);
        next = await installation.serve();
        await acknowledged(ACKS);
        assertEquals(await installation.version(), `hubbub ${NEXT}`);
        for (const talker of talkers) talker.isQuiet = true;
        await Promise.all(talking);
        const total = talkers.reduce((sum, { sent }) => sum + sent.length, 0);
        await Promise.all(talkers.map((talker) => talker.settle(total - talker.sent.length)));
        for (const { client, received, changes } of talkers) {
          const others = talkers.filter((talker) => talker.client !== client);
          for (const { client: { name }, sent } of others) {
            const from = received.filter((text) => text.startsWith(`${name} `));
            assertEquals(from, sent, `${client.name} got each message of ${name} once, in order`);
          }
          assert(changes.includes("lost"), changes.join(" "));
          assertEquals(changes.at(-1), "resumed");
          assertEquals(changes.filter((change) => /restored|skipped/.test(change)), []);
          client.close();
        }

        // The session of the first version's data has outlived both.
        const ann = await RawClient.connect(port);
        const resume = { session: "the-token-of-ann-0123456", rooms: { lobby: 3 }, whisper: 0 };
        ann.sendFrame({ type: "hello", name: "Ann", resume });
        assertEquals((await ann.frame("welcome")).resumed, true);
        assertEquals((await ann.frame("whisper")).text, "psst");
        ann.close();
      } finally {
        await old[Symbol.asyncDispose]();
        await next?.[Symbol.asyncDispose]();
      }
    }),
});

Deno.test({
  name: "upgrade: the older version refuses the data of the newer one, and changes no byte of it",
  ignore,
  fn: () =>
    installed(async (installation) => {
      const { data, port } = installation;
      await installation.install("new");
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        const next = await installation.serve();
        const { client } = await RawClient.hello(port, { name: "Ann" });
        client.sendFrame({ type: "message", text: `until ${signal}`, id: "1" });
        await client.frame("ack");
        next.child.kill(signal);
        await next.exit;
        client.close();
        await next[Symbol.asyncDispose]();

        const before = await installation.bytes();
        assertEquals(Object.keys(before).includes("hubbub.db-wal"), signal === "SIGKILL");
        await installation.install("old");
        for (const words of [["serve", "--port", "0"], ["account", "list"], ["ban", "list"]]) {
          await using refused = installation.run(...words, "--data", data);
          assertEquals(
            await refused.stderr.all(),
            `Cannot open the data in ${data}: a newer version of hubbub wrote it. ` +
              "Use that version, or choose another directory.\n",
          );
          assertEquals(await refused.exit, words[0] === "serve" ? 3 : 1);
          assertEquals(await installation.bytes(), before);
        }
        await installation.install("new");
      }
      await using again = await installation.serve();
      const client = await RawClient.join(port, "Bob");
      client.send("/history\n");
      await client.until("Ann: until SIGTERM");
      await client.until("Ann: until SIGKILL");
      client.close();
      again.child.kill("SIGTERM");
      assertEquals(await again.exit, 0);
    }),
});

Deno.test({
  name: "upgrade: before the restart, the new program asks for it and changes no accounts",
  ignore,
  fn: () =>
    installed(async (installation) => {
      await using _ = await installation.serve();
      await installation.install("new");
      await using list = installation.run("account", "list", "--data", installation.data);
      assertStringIncludes(
        await list.stderr.all(),
        "a server of an older version uses it. Restart that server with this version first.",
      );
      assertEquals(await list.exit, 1);
    }),
});
