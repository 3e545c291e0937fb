import type { ClientProtocol } from "../../protocol/mod.ts";
import type { Chat as ProductChat } from "../../server/chat/chat.ts";
import { Admission } from "../../server/network/admission.ts";
import type { SessionContext } from "../../server/session/session_context.ts";
import type { Heartbeat } from "../../server/session/liveness.ts";
import { Session } from "../../server/session/session.ts";
import { Chat } from "./chat.ts";
import { FakeTimers } from "./fake_timers.ts";
import { type FakeEnd, FakeTransport } from "./fakes.ts";

/** The differences of one connection from the default. */
type ConnectOptions = Partial<SessionContext["options"]> & {
  readonly heartbeat?: Heartbeat;
  readonly chat?: Partial<ProductChat>;
};

/** The server's side of connections, without network and real time. */
export class Stage implements Disposable {
  readonly timers = new FakeTimers();
  readonly chat = new Chat();
  readonly metrics = this.chat.metrics;
  readonly registry = this.chat.registry;
  readonly context = this.chat.context;
  readonly admission = new Admission(
    { maxClients: 10, maxPending: 10, maxPerAddress: 0, maxRefused: 1 },
    { add: (reason) => this.metrics.refuse(reason) },
  );
  readonly ends: FakeEnd[] = [];
  #connected = 0;

  /** Number of ended connections. */
  get endedConnections(): number {
    return this.#connected + this.chat.clients.length - this.registry.size;
  }

  /** A client connects. */
  connect(
    { heartbeat, chat, ...options }: ConnectOptions = {},
    first = "",
    kind: ClientProtocol = "text",
  ) {
    const transport = new FakeTransport(this.registry);
    this.ends.push(transport);
    this.#connected++;
    const ticket = this.admission.accept("192.0.2.1", () => transport.destroy());
    const session = new Session(transport, kind, ticket, {
      ...this.context,
      ...(heartbeat && { heartbeat }),
      chat: Object.assign(Object.create(this.context.chat) as ProductChat, chat),
      options: { ...this.context.options, ...options },
    });
    session.start();
    if (first !== "") transport.receive(first);
    return { transport, session, connection: session.connection, ticket };
  }

  /** Occupies all places. */
  fill(): void {
    while (this.admission.accept("198.51.100.1", () => {}).join() === undefined);
  }

  /** Runs turns until none is requested; all writes complete. */
  settle(): void {
    do {
      this.chat.runTurn();
      for (const end of this.ends) end.take();
    } while (this.chat.hasTurn);
  }

  [Symbol.dispose](): void {
    this.timers[Symbol.dispose]();
  }
}
