import { ChatClient, type ChatEvent, type ClientOptions } from "../../client/mod.ts";
import type { ClientFrame, ServerFrame } from "../../protocol/mod.ts";
import { FakeClock, FakeServer, settle } from "./fakes.ts";

/** A server with sessions, and with other users in the room. */
export class SessionServer extends FakeServer {
  seq = 0;
  /** Whether it still has the session of a client that reconnects. */
  hasSession = true;
  acknowledges = true;
  /** The frames that a client that reconnects has missed. */
  missed: ServerFrame[] = [];
  /** The rooms of the client. */
  rooms = ["lobby"];
  /** Whether it answers changes of room. */
  answersMoves = true;

  constructor() {
    super();
    this.onFrame = (frame) => this.#answer(frame);
  }

  /** The `hello` frames, over all connections. */
  get hellos(): ClientFrame[] {
    return this.received.filter(({ type }) => type === "hello");
  }

  /** The messages and changes of room of the client, over all connections. */
  get words(): string[] {
    return this.received.flatMap((frame) =>
      frame.type === "message"
        ? [frame.text]
        : frame.type === "join"
        ? [`to ${frame.room}`]
        : frame.type === "leave"
        ? [`from ${frame.room}`]
        : []
    );
  }

  /** The ids of the messages, over all connections. */
  get ids(): (string | undefined)[] {
    return this.received.flatMap((frame) => frame.type === "message" ? [frame.id] : []);
  }

  #answer(frame: ClientFrame): void {
    switch (frame.type) {
      case "hello": {
        const isResumed = frame.resume !== undefined && this.hasSession;
        const { name = "" } = frame;
        const session = isResumed ? frame.resume!.session : `session ${this.connections}`;
        const rooms = this.rooms.map((room) => ({ room, seq: this.seq }));
        const welcome = { rooms, server: "fake", session };
        this.send({
          type: "welcome",
          name,
          ...welcome,
          ...(isResumed ? { resumed: true as const } : undefined),
        });
        if (isResumed) this.send(...this.missed.splice(0));
        else if (frame.resume !== undefined) {
          this.send({ type: "error", code: "cannot_resume", text: "Not known." });
        }
        break;
      }
      case "message":
        if (this.acknowledges) {
          const { room = "lobby", id } = frame;
          if (this.rooms.includes(room)) this.send({ type: "ack", id: id!, room, seq: ++this.seq });
          else this.send({ type: "error", code: "not_in_room", text: "Not there.", ref: id! });
        }
        break;
      case "join":
        if (!this.answersMoves) break;
        if (this.rooms.includes(frame.room)) {
          this.send({ type: "error", code: "in_room", text: "In it.", ref: frame.id! });
          break;
        }
        this.rooms.push(frame.room);
        this.send({ type: "joined", room: frame.room, name: "Alice", time: 1, seq: this.seq });
        break;
      case "leave": {
        const room = frame.room!;
        if (!this.rooms.includes(room)) {
          this.send({ type: "error", code: "not_in_room", text: "Not in it.", ref: frame.id! });
          break;
        }
        this.rooms = this.rooms.filter((other) => other !== room);
        this.send({ type: "left", room, name: "Alice", time: 1, online: true });
        break;
      }
      case "quit":
        this.send({ type: "bye", reason: "quit", text: "Goodbye!" });
        this.drop();
    }
  }
}

/** A client of such a server that has joined, and its later events. */
export async function connected(options: Partial<ClientOptions> = {}) {
  const server = new SessionServer();
  const clock = new FakeClock();
  const client = await ChatClient.connect({
    name: "Alice",
    openTransport: server.open,
    clock,
    reconnect: { firstDelayMilliseconds: 1000, maxDelayMilliseconds: 8000, random: () => 1 },
    ...options,
  });
  const events: ChatEvent[] = [];
  const read = (async () => {
    for await (const event of client.events()) events.push(event);
  })();
  await settle();
  events.length = 0;
  return { server, clock, client, events, read };
}

export const statesOf = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => event.type === "connection" ? [event.state] : []);
