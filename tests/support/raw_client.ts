import { connect, type Socket } from "node:net";
import { NAME_PROMPT } from "../../protocol/mod.ts";

/** How long an event may take before a test fails. Only failing tests ever wait that long. */
const PATIENCE_MILLISECONDS = 120_000;

/**
 * A client made of a bare socket: it writes and reads bytes, and waits for what a test expects.
 */
export class RawClient {
  /** All that came in, as text, from the start. */
  received = "";
  /** What {@link until} has not passed yet starts here. */
  #position = 0;
  #isEnded = false;
  #isClosed = false;
  #wake: () => void = () => {};

  private constructor(readonly socket: Socket, encoding: "utf8" | "latin1") {
    socket.setEncoding(encoding);
    socket.on("data", (chunk: string) => {
      this.received += chunk;
      this.#wake();
    });
    socket.on("end", () => {
      this.#isEnded = true;
      this.#wake();
    });
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      this.#isClosed = true;
      this.#isEnded = true;
      this.#wake();
    });
  }

  /**
   * Connects, and resolves when the connection stands.
   *
   * @param encoding `latin1` to see bytes, one a character.
   */
  static connect(port: number, encoding: "utf8" | "latin1" = "utf8"): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.removeListener("error", reject);
        socket.setNoDelay(true);
        resolve(new RawClient(socket, encoding));
      });
    });
  }

  /** A client on a socket that is connected already, such as the inside of TLS. */
  static on(socket: Socket, encoding: "utf8" | "latin1" = "utf8"): RawClient {
    return new RawClient(socket, encoding);
  }

  /** Connects and gives a name, as a person with nc would. */
  static async join(port: number, name: string): Promise<RawClient> {
    const client = await RawClient.connect(port);
    await client.until("Enter your username: ");
    client.send(`${name}\n`);
    await client.until("available commands.\n");
    return client;
  }

  /**
   * Connects and gives a name, as a program would; returns the `welcome` too.
   *
   * @throws {Error} if the server refuses.
   */
  static async hello(
    port: number,
    hello: { name: string } & Record<string, unknown>,
    // deno-lint-ignore no-explicit-any -- as in frame()
  ): Promise<{ client: RawClient; welcome: any }> {
    const client = await RawClient.connect(port);
    client.sendFrame({ type: "hello", ...hello });
    while (true) {
      const frame = await client.frame();
      if (frame.type === "welcome") return { client, welcome: frame };
      if (frame.type !== "error") continue;
      client.close();
      throw new Error(`The hello was refused: ${JSON.stringify(frame)}`);
    }
  }

  /**
   * Connects many clients, at most as many at a time as wait in the server's accept queue. With more,
   * the kernel completes some connections that the server never sees.
   */
  static async connectMany(port: number, count: number): Promise<RawClient[]> {
    const clients: RawClient[] = [];
    while (clients.length < count) {
      const batch = Array.from({ length: Math.min(100, count - clients.length) }, async () => {
        const client = await RawClient.connect(port);
        await client.until("Enter your username: ");
        return client;
      });
      clients.push(...await Promise.all(batch));
    }
    return clients;
  }

  /** What came in after the last {@link until}. */
  get rest(): string {
    return this.received.slice(this.#position);
  }

  /** Forgets what was passed: for tests with megabytes of traffic. */
  forget(): void {
    this.received = this.rest;
    this.#position = 0;
  }

  /** True when the server has closed its side, or all. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Writes and resolves when the kernel has taken it: two of these are two segments. */
  sendSegment(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /**
   * Waits until something came in, and passes it.
   *
   * @returns all from the last point passed up to and including it.
   */
  async until(expected: string | RegExp): Promise<string> {
    const found = await this.#wait(() => {
      const { rest } = this;
      if (typeof expected === "string") {
        const index = rest.indexOf(expected);
        return index < 0 ? undefined : index + expected.length;
      }
      const match = expected.exec(rest);
      return match === null ? undefined : match.index + match[0].length;
    }, String(expected));
    const passed = this.rest.slice(0, found);
    this.#position += found;
    return passed;
  }

  /** Waits for the server to close its side, and returns what came before. */
  async untilEnd(): Promise<string> {
    await this.#wait(() => this.#isEnded ? 0 : undefined, "the end");
    const { rest } = this;
    this.#position = this.received.length;
    return rest;
  }

  /** Sends a JSON frame on a line of its own. */
  sendFrame(frame: Record<string, unknown>): void {
    this.send(JSON.stringify(frame) + "\n");
  }

  /** The next line as JSON; with a type, the next of that type. */
  // deno-lint-ignore no-explicit-any -- a test looks at whatever fields it expects
  async frame(type?: string): Promise<any> {
    while (true) {
      const line = await this.until("\n");
      // This machine was busy for longer than the server waits for a program's first bytes.
      if (line === `${NAME_PROMPT}\n`) continue;
      const frame = JSON.parse(line);
      if (type === undefined || frame.type === type) return frame;
    }
  }

  /** Ends the session, so that its name is free again once this resolves. */
  async quit(): Promise<void> {
    this.sendFrame({ type: "quit" });
    await this.untilEnd();
    this.close();
  }

  /** Closes at once. */
  close(): void {
    this.socket.destroy();
  }

  /** Closes with RST, as a crashed machine would when it is back. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  async #wait<Value>(check: () => Value | undefined, what: string): Promise<Value> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, PATIENCE_MILLISECONDS);
    try {
      while (true) {
        const value = check();
        if (value !== undefined) return value;
        if (isLate || this.#isClosed) {
          const why = isLate ? "in time" : "before the connection closed";
          throw new Error(
            `Expected ${what} ${why}, got: ${JSON.stringify(this.rest.slice(-2000))}`,
          );
        }
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
