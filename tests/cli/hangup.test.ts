import { assertEquals } from "@std/assert";
import { type HangupEnvironment, ignoreEarlyHangup, onHangup } from "../../cli/hangup.ts";

/** A system whose terminal can be closed, and on which nothing takes time. */
class FakeSystem implements HangupEnvironment {
  readonly polls: (() => boolean)[] = [];
  readonly happened: string[] = [];
  readonly #listeners = new Set<() => void | Promise<void>>();

  /** @param terminals the descriptors that are terminals. */
  constructor(
    private terminals: readonly number[],
    private readonly isBelowNohup = false,
    readonly platform = "linux",
    readonly resetsSignals = false,
  ) {}

  isTerminal(descriptor: number): boolean {
    return this.terminals.includes(descriptor);
  }

  isIgnored(): Promise<boolean> {
    return Promise.resolve(this.isBelowNohup);
  }

  poll(check: () => boolean): void {
    this.polls.push(check);
  }

  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  closeTerminal(): void {
    this.terminals = [];
  }

  /** Whether SIGHUP does what the system does by default. */
  get isDefault(): boolean {
    return this.#listeners.size === 0;
  }

  /** Sends SIGHUP; returns what has happened since the start. */
  async hangup(): Promise<readonly string[]> {
    await Promise.all([...this.#listeners].map((listener) => listener()));
    return this.happened;
  }
}

const serverOn = (system: FakeSystem) =>
  onHangup(
    () => system.happened.push("stop"),
    () => system.happened.push("reread"),
    system,
  );

const clientOn = (system: FakeSystem) =>
  onHangup(() => system.happened.push("stop"), undefined, system);

Deno.test("hangup: a server without a terminal rereads, each time", async () => {
  const system = new FakeSystem([]);
  serverOn(system);
  await system.hangup();
  assertEquals(await system.hangup(), ["reread", "reread"]);
  assertEquals(system.polls, [], "there is no terminal to look at");
});

Deno.test("hangup: a server stops if its terminal is closed, whichever descriptor is the terminal", async () => {
  for (const descriptor of [0, 1, 2]) {
    const system = new FakeSystem([descriptor]);
    serverOn(system);
    system.closeTerminal();
    assertEquals(await system.hangup(), ["stop"], String(descriptor));
  }
});

Deno.test("hangup: a server on an open terminal rereads, and stops if that is closed after the signal", async () => {
  const system = new FakeSystem([0, 1, 2]);
  serverOn(system);
  assertEquals(await system.hangup(), ["reread"]);
  const [check] = system.polls;
  assertEquals([check!(), system.happened], [false, ["reread"]]);
  system.closeTerminal();
  assertEquals([check!(), system.happened], [true, ["reread", "stop"]]);
});

Deno.test("hangup: below nohup a closed terminal does not stop a server, and it rereads", async () => {
  const system = new FakeSystem([0, 1, 2], true);
  serverOn(system);
  system.closeTerminal();
  assertEquals(await system.hangup(), ["reread"]);
  // There it leaves standard input.
  const macOS = new FakeSystem([0], false, "darwin");
  serverOn(macOS);
  macOS.closeTerminal();
  assertEquals(await macOS.hangup(), ["reread"]);
});

Deno.test("hangup: a program without files to reread stops, but not below nohup", async () => {
  for (const terminals of [[], [0], [0, 1, 2]]) {
    const system = new FakeSystem(terminals);
    clientOn(system);
    assertEquals(await system.hangup(), ["stop"], String(terminals));
  }
  const system = new FakeSystem([], true);
  clientOn(system);
  assertEquals(await system.hangup(), []);
});

Deno.test("hangup: where nohup cannot be recognised, the default of the system stays", async () => {
  const system = new FakeSystem([0, 1], false, "darwin");
  clientOn(system);
  assertEquals(system.isDefault, true);
  const onTerminal = new FakeSystem([0, 1, 2], false, "darwin");
  const restore = clientOn(onTerminal);
  assertEquals(onTerminal.isDefault, false);
  await restore();
  assertEquals(onTerminal.isDefault, true);
});

Deno.test("hangup: a runtime that resets ignored signals counts as below nohup without a terminal", async () => {
  for (
    const [platform, terminals, isParentIgnoring, happened] of [
      ["linux", [], false, []],
      // `nohup` of Linux leaves no terminal, that of macOS and BSD leaves the input.
      ["linux", [0], false, ["stop"]],
      ["darwin", [0], false, []],
      ["darwin", [0, 1], false, ["stop"]],
      ["linux", [0, 1, 2], false, ["stop"]],
      ["linux", [0, 1], true, []],
      ["windows", [], false, ["stop"]],
    ] as const
  ) {
    const system = new FakeSystem(terminals, isParentIgnoring, platform, true);
    clientOn(system);
    system.closeTerminal();
    assertEquals(await system.hangup(), happened, `${platform} ${terminals}`);
  }
  const server = new FakeSystem([], false, "linux", true);
  serverOn(server);
  assertEquals(await server.hangup(), ["reread"]);
});

Deno.test("hangup: on Windows it is a closed window, which stops a server, too", async () => {
  const system = new FakeSystem([], false, "windows");
  serverOn(system);
  assertEquals(await system.hangup(), ["stop"]);
});

Deno.test("hangup: during the start a service ignores it, and a program on a terminal does not", () => {
  for (const [terminals, isDefault] of [[[], false], [[0], true], [[2], true]] as const) {
    const system = new FakeSystem(terminals);
    ignoreEarlyHangup(system);
    assertEquals(system.isDefault, isDefault, String(terminals));
  }
});
