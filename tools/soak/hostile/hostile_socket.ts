import { Buffer } from "node:buffer";
import { connect as connectSocket, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { lengthFrame } from "../../../tests/support/length_frames.ts";
import { clientFrame, upgradeRequest, ZERO_MASK } from "../../../tests/support/websocket_frames.ts";

/** How a hostile client connects. */
export interface HostileSocketOptions {
  readonly port: number;
  /** The local address, in 127.0.0.0/8; `undefined` for the system's choice. */
  readonly from: string | undefined;
  readonly tls: boolean;
  /** Whether it reads at all. */
  readonly reads: boolean;
}

/** Maximum time to connect, in milliseconds. */
const CONNECT_MILLISECONDS = 5000;

/** Length of the received text that is stored for searches, in characters. */
const KEPT_CHARACTERS = 65_536;

/** Thrown when the server has closed the connection: the end of a hostile client's life. */
export class ConnectionGone extends Error {}

/** A connection that need not read, and may end with a reset. */
export class HostileSocket {
  /** The end of what was received. */
  received = "";
  isClosed = false;
  #wake: () => void = () => {};
  #isBlocked = false;

  private constructor(
    private readonly socket: Socket,
    private readonly onError: (code: string) => void,
  ) {}

  /**
   * @param onError receives the code of every error frame.
   * @throws {ConnectionGone} when the server does not accept.
   */
  static async open(
    options: HostileSocketOptions,
    onError: (code: string) => void = () => {},
  ): Promise<HostileSocket> {
    const { port, from, tls, reads } = options;
    const plain = connectSocket({
      ...{ host: "127.0.0.1", port, noDelay: true },
      ...(from === undefined ? {} : { localAddress: from }),
    });
    await ready(plain, "connect");
    const socket = tls ? connectTls({ socket: plain, rejectUnauthorized: false }) : plain;
    if (tls) await ready(socket, "secureConnect");
    const hostile = new HostileSocket(socket, onError);
    hostile.#listen(reads);
    return hostile;
  }

  /**
   * Writes, and waits while the send buffer is full.
   *
   * @throws {ConnectionGone} when the connection has ended.
   */
  async send(bytes: string | Uint8Array): Promise<void> {
    this.#check();
    if (this.socket.write(bytes)) return;
    this.#isBlocked = true;
    while (this.#isBlocked && !this.isClosed) await this.#change();
    this.#check();
  }

  /** Waits until a text was received; returns false after a timeout or the end of the connection. */
  async until(expected: string, milliseconds = 5000): Promise<boolean> {
    const end = performance.now() + milliseconds;
    const timer = setTimeout(() => this.#wake(), milliseconds + 1);
    try {
      while (!this.received.includes(expected)) {
        if (this.isClosed || performance.now() >= end) return false;
        await this.#change();
      }
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  forget(): void {
    this.received = "";
  }

  /** Waits until the server has closed the connection, or until a timeout. */
  async untilClosed(milliseconds: number): Promise<boolean> {
    const timer = setTimeout(() => this.#wake(), milliseconds);
    const end = performance.now() + milliseconds;
    while (!this.isClosed && performance.now() < end - 1) await this.#change();
    clearTimeout(timer);
    return this.isClosed;
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }

  #listen(reads: boolean): void {
    const { socket } = this;
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
    socket.on("drain", () => {
      this.#isBlocked = false;
      this.#wake();
    });
    if (!reads) return void socket.pause();
    socket.setEncoding("latin1");
    socket.on("end", () => this.close());
    socket.on("data", (chunk: unknown) => this.#take(chunk as string));
  }

  #take(chunk: string): void {
    this.received = (this.received + chunk).slice(-KEPT_CHARACTERS);
    for (const [, code] of chunk.matchAll(/"type":"error","code":"(\w+)"/g)) this.onError(code!);
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  #check(): void {
    if (this.isClosed) throw new ConnectionGone("The server has closed the connection.");
  }
}

function ready(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => {
      socket.destroy();
      reject(new ConnectionGone("The server does not accept the connection."));
    };
    const timer = setTimeout(fail, CONNECT_MILLISECONDS);
    socket.on("error", fail);
    socket.once("close", fail);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.removeListener("error", fail);
      socket.removeListener("close", fail);
      resolve();
    });
  });
}

/** A frame of the chat, valid or not. */
export type Frame = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The formats that hostile clients use in turns. */
export const FORMATS = ["json", "text", "length", "websocket"] as const;

export type Format = typeof FORMATS[number];

/** Encodes a frame. Text lines support the commands that hostile clients use. */
export function encode(format: Format, frame: Frame): Buffer {
  switch (format) {
    case "json":
      return Buffer.from(JSON.stringify(frame) + "\n");
    case "length":
      return lengthFrame(frame);
    case "websocket":
      return clientFrame(JSON.stringify(frame), { mask: ZERO_MASK });
    case "text":
      return Buffer.from(command(frame) + "\n");
  }
}

/** What a client sends before its first frame. */
export function preamble(format: Format, port: number): string {
  return format === "websocket" ? upgradeRequest(port) : "";
}

function command(frame: Frame): string {
  switch (frame.type) {
    case "hello":
      return String(frame.name);
    case "message":
      return String(frame.text);
    case "whisper":
      return `/whisper ${frame.to} ${frame.text}`;
    case "history":
      return `/history ${frame.limit ?? ""}`;
    default: {
      const [value = ""] = Object.entries(frame).flatMap(([key, field]) =>
        key === "type" ? [] : [String(field)]
      );
      return `/${frame.type} ${value}`.trimEnd();
    }
  }
}
