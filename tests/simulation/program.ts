import type { ConnectionError } from "../../client/core/connection_errors.ts";
import type { ChatError } from "../../client/core/chat_error.ts";
import { type Arrival, ChatSession, type Welcome } from "../../client/core/chat_session.ts";
import { LineChannel } from "../../client/core/line_channel.ts";
import { isOwnJoin, isOwnLeave, type SessionPoint } from "../../client/core/resume_point.ts";
import type { RoomChange } from "../../client/core/unacknowledged.ts";
import type { ServerFrame } from "../../protocol/mod.ts";
import type { Sent } from "./ledger.ts";
import { Life } from "./life.ts";
import type { Link } from "./network.ts";
import type { Client, World } from "./world.ts";

/** Time after which a client that leaves waits no longer for the answer. */
const QUIT_MILLISECONDS = 5000;

const ENDPOINT = { host: "simulated", port: 1 };

/** A client with the product's own core, which reconnects and resumes its session. */
export class Program implements Client {
  life = new Life();
  listed: readonly string[] | undefined;
  #session: ChatSession | undefined;
  /** The object whose calls count: those of an earlier session are ignored. */
  #generation = 0;
  #link: Link | undefined;
  readonly #open = new Map<string, Sent>();
  /** Requested changes of rooms without an answer, oldest first. */
  readonly #changes = new Map<string, RoomChange>();
  /** The rooms that the server has reported, in the order of entering them. */
  readonly #rooms = new Set<string>();
  #lastId = 0;
  #joinedAt = 0;
  /** The name of its last `hello` or `nick`. */
  #wanted = "";

  constructor(
    private readonly world: World,
    private readonly address: string,
    private readonly password?: string,
  ) {}

  get isJoined(): boolean {
    return this.#session?.isJoined === true;
  }

  /** Whether nothing is open: it has joined and everything is answered, or it is gone. */
  get isSettled(): boolean {
    if (this.#session === undefined || this.#session.isClosed) return true;
    return this.isJoined && this.#session.unacknowledged === 0;
  }

  get room(): string {
    return [...this.#rooms][0] ?? "";
  }

  isIn(room: string): boolean {
    return this.#rooms.has(room);
  }

  get name(): string {
    return this.#session?.name ?? "";
  }

  /** Connects as a new user. */
  start(name = this.world.newName(this.password !== undefined)): void {
    this.life = new Life();
    this.world.lives.push(this.life);
    this.#changes.clear();
    this.#rooms.clear();
    this.#connect(name);
  }

  act(): void {
    const { world } = this;
    const { random, plan } = world;
    if (this.#session === undefined || this.#session.isClosed) return this.start();
    // A user who has not joined, or not again after a reload, waits.
    if (!this.life.isOpen || this.name === "") return;
    switch (world.nextHabit()) {
      case "message":
        for (let left = random.whole(1, plan.burst); left > 0; left--) this.#say();
        break;
      case "whisper":
        this.whisper(world.someName());
        break;
      case "join":
        this.join(random.pick(plan.rooms));
        break;
      case "visit":
        this.#visit(random.pick(plan.rooms));
        break;
      case "leave":
        this.#leave();
        break;
      case "nick":
        this.#nick(world.newName(false));
        break;
      case "ask":
        this.#session.post(random.pick([
          { type: "users", room: this.room },
          { type: "rooms" },
          { type: "history", room: this.room, limit: 20 },
          { type: "ping", t: 1 },
        ]));
        break;
      case "pause":
        this.#pause();
        break;
      case "reload":
        this.#reload();
        break;
      case "quit":
        this.quit();
        break;
      case "vanish":
        this.#link?.break(random.pick(["cut", "reset", "truncated"]));
        break;
    }
    if (this.password !== undefined && random.chance(0.1)) {
      const name = world.someName();
      // The session of a user who is kicked is over, also the operator's own.
      world.ledger.claimed(name, world);
      this.#session.post({ type: "kick", name });
    }
  }

  join(room: string): void {
    if (!this.#rooms.has(room)) this.#change({ type: "join", room });
  }

  /** Enters a room, writes there and perhaps leaves it, without waiting for an answer. */
  #visit(room: string): void {
    if (this.#rooms.has(room) || this.#isChanging(room)) return;
    this.#change({ type: "join", room });
    this.#sayIn(room);
    if (this.world.random.chance(0.7)) this.#request({ type: "leave", room });
  }

  #leave(): void {
    // The last one stays, so that a user has a list of users in the end.
    const { random } = this.world;
    if (this.#rooms.size > 1) this.#change({ type: "leave", room: random.pick([...this.#rooms]) });
  }

  whisper(to: string): void {
    const sent = this.world.submit(this.life, "whisper", to);
    const id = this.#newId(sent);
    this.#session!.send({ type: "whisper", to, text: sent.text, id }, true);
  }

  /** Sends a last whisper, and asks who is online. */
  conclude(): void {
    this.listed = undefined;
    this.whisper(this.name);
    this.#session!.post({ type: "users", room: this.room });
  }

  quit(): void {
    const session = this.#session;
    session?.leave();
    this.world.timeline.after(QUIT_MILLISECONDS, () => session?.close());
    this.#endLife();
  }

  /** Ends without a word. */
  crash(): void {
    this.#generation++;
    this.#session?.close();
    this.#session = undefined;
    this.#endLife();
  }

  #say(): void {
    const rooms = [...this.#rooms].filter((room) => !this.#isChanging(room));
    if (rooms.length === 0) return;
    this.#sayIn(this.world.random.pick(rooms));
  }

  #sayIn(room: string): void {
    const sent = this.world.submit(this.life, "message", room);
    const id = this.#newId(sent);
    this.#session!.send({ type: "message", room, text: sent.text, id }, true);
  }

  #change(change: RoomChange): void {
    if (!this.#isChanging(change.room)) this.#request(change);
  }

  #request(change: RoomChange): void {
    const id = `j${++this.#lastId}`;
    this.world.trace.add(`${this.name} requests to ${change.type} ${change.room} by ${id}`);
    this.#changes.set(id, change);
    this.#session!.send({ ...change, id }, true);
  }

  #isChanging(room: string): boolean {
    return this.#changes.values().some((change) => change.room === room);
  }

  #nick(name: string): void {
    if (this.password !== undefined) return;
    this.world.ledger.claimed(name, this);
    this.#wanted = name;
    this.life.mayBeNamed(name);
    this.#session!.post({ type: "nick", name });
  }

  #newId(sent: Sent): string {
    const id = `s${++this.#lastId}`;
    this.#open.set(id, sent);
    return id;
  }

  #pause(): void {
    const session = this.#session!;
    session.pause();
    this.world.timeline.after(this.world.random.between(10, 5000), () => session.resumeReading());
  }

  /** The program starts again and resumes its session, like a page that is loaded again. */
  #reload(): void {
    const { point } = this.#session!;
    if (point === undefined) return;
    const { name } = this;
    this.#generation++;
    this.#session!.close();
    this.#loseAll();
    this.#changes.clear();
    this.#connect(name, point);
  }

  #connect(name: string, resume?: SessionPoint): void {
    const { world, address } = this;
    const { timeline, random, network } = world;
    const clock = {
      now: () => Math.floor(timeline.now),
      after: (milliseconds: number, action: () => void) => timeline.after(milliseconds, action),
    };
    const openTransport = network.transportOf(address, (link) => {
      this.#link = link;
      world.ledger.claimed(this.#wanted, this, link);
    });
    const generation = ++this.#generation;
    const current = (run: () => void) => {
      if (generation === this.#generation) run();
    };
    this.#wanted = name;
    this.#session = new ChatSession({
      endpoint: ENDPOINT,
      openChannel: (listener) =>
        new LineChannel({ endpoint: ENDPOINT, openTransport, clock, plainPeers: false }, listener),
      clock,
      connectTimeoutMilliseconds: 3000,
      liveness: { silence: 4000, answer: 4000 },
      reconnect: {
        firstDelayMilliseconds: 100,
        maxDelayMilliseconds: 3000,
        random: random.fork().number,
      },
      attempts: 100,
      ...(resume === undefined ? undefined : { resume }),
    }, {
      introduced: () => {},
      joined: (welcome, arrival) => current(() => this.#joined(welcome, arrival)),
      refused: (error) => current(() => this.#refused(error)),
      received: (frame) => current(() => this.#received(frame)),
      caughtUp: () => {},
      waiting: (error) => current(() => this.#waiting(error)),
      ended: () => current(() => this.#endLife()),
    });
    this.#hello(name);
  }

  #hello(name: string): void {
    const { password, world: { random, plan } } = this;
    this.#wanted = name;
    const rooms = [random.pick(plan.rooms), random.pick(plan.rooms)];
    this.#session!.join({ name, rooms, ...(password === undefined ? undefined : { password }) });
  }

  #joined(welcome: Welcome, { isResumed, before, uncertain }: Arrival): void {
    const { ledger, trace } = this.world;
    const { rooms } = welcome;
    const ids = (frames: readonly { readonly id: string }[]) =>
      frames.map(({ id }) => id).join(" ");
    trace.add(
      `${welcome.name} joins ${rooms.map(({ room }) => room).join(" ")}, resumed: ${isResumed}, ` +
        `changes: ${[...this.#changes.keys()].join(" ")}, uncertain: ${ids(uncertain)}`,
    );
    for (const { id } of uncertain) this.#lose(id);
    ledger.answered(this.#link);
    if (!isResumed) {
      if (before !== undefined) {
        ledger.lostSession(this.life, this, this.#joinedAt);
        this.life.isOpen = false;
        this.life = new Life();
        this.world.lives.push(this.life);
        for (const sent of this.#open.values()) sent.life = this.life;
      }
      this.#rooms.clear();
      for (const { room, seq } of rooms) this.#enter(room, seq);
    } else {
      // The answers to changes of rooms were lost: the messages since then follow.
      for (const { room } of rooms) if (!this.#rooms.has(room)) this.#enter(room, undefined);
      const names = new Set(rooms.map(({ room }) => room));
      for (const room of [...this.#rooms]) if (!names.has(room)) this.#exit(room);
    }
    this.life.named(welcome.name);
    this.#joinedAt = this.world.timeline.now;
  }

  #refused({ code }: ChatError): void {
    this.world.trace.add(`${this.#wanted} refused: ${code}`);
    if (this.#session!.isClosed) return;
    this.world.ledger.answered(this.#link);
    this.#hello(this.world.newName(this.password !== undefined));
    this.world.ledger.claimed(this.#wanted, this, this.#link);
  }

  #waiting(error: ConnectionError | ChatError): void {
    if ("code" in error && error.code === "not_understood") {
      this.world.ledger.violate(`${this.name} does not understand the server`);
    }
  }

  #received(frame: ServerFrame): void {
    const { ledger } = this.world;
    switch (frame.type) {
      case "message":
        return ledger.received(this.life, frame.room, frame.seq, frame.text);
      case "whisper":
        return ledger.whispered(this.life, frame.text, frame.number);
      case "users":
        this.listed = frame.users.map(({ name }) => name);
        return;
      case "skipped":
        return ledger.skipped(this.life, frame.room, frame.from, frame.to);
      case "ack": {
        const sent = this.#open.get(frame.id);
        this.#open.delete(frame.id);
        if (sent !== undefined) ledger.accepted(sent, frame.seq);
        return;
      }
      case "joined":
        if (!isOwnJoin(frame, this.name)) return;
        this.#changed({ type: "join", room: frame.room });
        if (!this.#rooms.has(frame.room)) this.#enter(frame.room, frame.seq);
        return;
      case "left":
        if (!isOwnLeave(frame, this.name)) return;
        this.#changed({ type: "leave", room: frame.room });
        if (this.#rooms.has(frame.room)) this.#exit(frame.room);
        return;
      case "renamed":
        if (frame.from === this.name) this.life.named(frame.to);
        return;
      case "error":
        if (frame.ref !== undefined) this.#answeredByError(frame.ref, frame.code);
        return;
    }
  }

  /** The server has carried out a change. */
  #changed({ type, room }: RoomChange): void {
    for (const [id, change] of this.#changes) {
      if (change.type === type && change.room === room) this.#changes.delete(id);
    }
    this.world.trace.add(`${this.name}: ${type} ${room}`);
  }

  #answeredByError(id: string, code: string): void {
    const sent = this.#open.get(id);
    if (sent !== undefined) {
      sent.fate = "refused";
      this.#open.delete(id);
      const isUsual = sent.kind === "whisper";
      if (!isUsual) this.world.ledger.violate(`m${sent.number} was refused: ${code}`);
    }
    this.#changes.delete(id);
  }

  #enter(room: string, seq: number | undefined): void {
    this.life.entered(room, seq);
    this.#rooms.add(room);
  }

  #exit(room: string): void {
    this.life.left(room);
    this.#rooms.delete(room);
  }

  /** It is unknown whether a frame has arrived. */
  #lose(id: string): void {
    const sent = this.#open.get(id);
    if (sent !== undefined) sent.fate = "uncertain";
    this.#open.delete(id);
  }

  #loseAll(): void {
    for (const id of [...this.#open.keys()]) this.#lose(id);
  }

  #endLife(): void {
    this.life.isOpen = false;
    this.#loseAll();
  }
}
