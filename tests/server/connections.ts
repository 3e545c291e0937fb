import type { ClientProtocol } from "../../protocol/mod.ts";
import type { Chat as ProductChat } from "../../server/chat/chat.ts";
import { Admission, type AdmissionTicket } from "../../server/network/admission.ts";
import type { SessionContext } from "../../server/session/session_context.ts";
import type { Heartbeat } from "../../server/session/liveness.ts";
import { Session } from "../../server/session/session.ts";
import type { Store } from "../../server/storage/store.ts";
import { Chat } from "./chat.ts";
import { FakeTimers } from "./fake_timers.ts";
import { type FakeEnd, FakeTransport } from "./fakes.ts";

/** The differences of one connection from the default. */
type ConnectOptions = Partial<SessionContext["options"]> & {
  readonly heartbeat?: Heartbeat;
  readonly chat?: Partial<ProductChat>;
};

/** Maximum number of members. */
const PLACES = 10;

/** The server's side of connections, without network and real time. */
export class Stage implements Disposable {
  readonly timers = new FakeTimers();
  readonly chat: Chat;
  readonly admission = new Admission(
    { maxClients: PLACES, maxPending: 10, maxPerAddress: 0, maxRefused: 1 },
    { add: (reason) => this.metrics.refuse(reason) },
  );
  readonly ends: FakeEnd[] = [];
  readonly #fillers: AdmissionTicket[] = [];
  #connected = 0;

  constructor(store?: Store) {
    this.chat = new Chat({ ...(store && { store }) });
  }

  get metrics() {
    return this.chat.metrics;
  }

  get registry() {
    return this.chat.registry;
  }

  get context() {
    return this.chat.context;
  }

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
    const close = transport.close.bind(transport);
    transport.close = () => {
      ticket.release();
      close();
    };
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
    while (this.admission.joined < PLACES) {
      const filler = this.admission.accept("198.51.100.1", () => {});
      filler.join();
      this.#fillers.push(filler);
    }
  }

  /** Frees a place that was occupied by {@link fill}. */
  free(): void {
    this.#fillers.pop()!.release();
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
