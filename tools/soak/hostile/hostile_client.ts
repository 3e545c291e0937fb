import { HONEST_ROOM, nameOf } from "../messages.ts";
import {
  ConnectionGone,
  encode,
  type Format,
  FORMATS,
  type Frame,
  HostileSocket,
  preamble,
} from "./hostile_socket.ts";

/** The parameters of a hostile client. */
export interface HostileContext {
  readonly port: number;
  /** Whether the server accepts TLS. */
  readonly tls: boolean;
  readonly kind: string;
  /** Its number within its kind. */
  readonly index: number;
  /** Its local address. */
  readonly from: string | undefined;
  count(action: string): void;
  /** The open connections of all kinds. */
  readonly open: Set<HostileSocket>;
}

/** How a client joins the chat. */
export interface Entry {
  readonly format?: Format;
  readonly tls?: boolean;
  readonly reads?: boolean;
  readonly room?: string | undefined;
  readonly hello?: Readonly<Record<string, unknown>>;
}

/** The rooms of the hostile clients: that of the honest ones, too. */
const ROOMS = [HONEST_ROOM, "noise", "noise", "lobby"];

export interface Entered {
  readonly socket: HostileSocket;
  readonly format: Format;
  readonly name: string;
  /** Sends a frame; waits while the server does not read. */
  send(frame: Frame): Promise<void>;
}

/**
 * One hostile client. It lives as long as its connection, and is then started again.
 *
 * Every kind is a subclass with one behaviour, whose rate is bounded by its pauses.
 */
export abstract class HostileClient {
  #lives = 0;
  #sockets: HostileSocket[] = [];

  constructor(protected readonly context: HostileContext) {}

  /** Its behaviour, until the connection ends or the behaviour is complete. */
  protected abstract live(): Promise<void>;

  /** One life, from connecting to the end of all its connections. */
  async run(): Promise<void> {
    this.#lives++;
    try {
      await this.live();
    } catch (error) {
      if (!(error instanceof ConnectionGone)) throw error;
      this.context.count("cut off");
    } finally {
      for (const socket of this.#sockets.splice(0)) this.drop(socket);
    }
  }

  /** The format: clients of a kind use all of them in turns. */
  protected get format(): Format {
    return FORMATS[this.context.index % FORMATS.length]!;
  }

  /** Every third client uses TLS, if the server accepts it. */
  protected get isEncrypted(): boolean {
    return this.context.tls && this.context.index % 3 === 2;
  }

  protected get room(): string {
    return ROOMS[this.context.index % ROOMS.length]!;
  }

  /** An unused name for the next connection of this client. */
  protected name(suffix = ""): string {
    const { kind, index } = this.context;
    return nameOf(kind.slice(0, 18) + suffix, (index + 1) * 4096 + this.#lives);
  }

  protected async connect(reads: boolean, tls = this.isEncrypted): Promise<HostileSocket> {
    const { port, from, count, open } = this.context;
    const socket = await HostileSocket.open(
      { port, from, tls, reads },
      (code) => count(`got ${code}`),
    );
    count("connections");
    this.#sockets.push(socket);
    open.add(socket);
    return socket;
  }

  /** Ends a connection before the client's life does. */
  protected drop(socket: HostileSocket, how: "close" | "reset" = "close"): void {
    socket[how]();
    this.context.open.delete(socket);
  }

  /** Connects and joins, without waiting for the welcome if it does not read. */
  protected async enter(entry: Entry = {}, suffix = ""): Promise<Entered> {
    const { format = this.format, reads = true, room = this.room, hello = {} } = entry;
    const socket = await this.connect(reads, entry.tls);
    const name = this.name(suffix);
    const send = (frame: Frame) => socket.send(encode(format, frame));
    const start = preamble(format, this.context.port);
    if (start !== "") await socket.send(start);
    await send({ type: "hello", name, rooms: [room], ...hello });
    if (format === "text") await send({ type: "join", room });
    if (reads) await socket.until(format === "text" ? "available commands." : '"type":"welcome"');
    else await this.pause(200);
    return { socket, format, name, send };
  }

  protected pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
}
