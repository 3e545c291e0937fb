import type { ByteString } from "../../protocol/mod.ts";
import { fromByteString, toByteString } from "../../protocol/mod.ts";
import { Life } from "./life.ts";
import type { Link } from "./network.ts";
import type { Client, World } from "./world.ts";

/** A user of text lines, as with `nc`: without acknowledgements, and with a new session after a break. */
export class TextUser implements Client {
  life = new Life(true);
  #link: Link | undefined;
  #input: ByteString = "";
  #isWelcome = false;
  room = "lobby";

  constructor(private readonly world: World, private readonly address: string) {}

  get isSettled(): boolean {
    return true;
  }

  get isJoined(): boolean {
    return this.#isWelcome && this.#link?.isCut === false;
  }

  get name(): string {
    return this.#isWelcome ? this.life.name : "";
  }

  isIn(room: string): boolean {
    return room === this.room;
  }

  act(): void {
    const { world } = this;
    const { random, plan } = world;
    if (this.#link === undefined) return this.start();
    if (!this.#isWelcome) return;
    switch (world.nextHabit()) {
      case "message":
        for (let left = random.whole(1, plan.burst); left > 0; left--) {
          const sent = world.submit(this.life, "message", this.room);
          sent.fate = "uncertain";
          this.#type(sent.text);
        }
        break;
      case "whisper": {
        const to = world.someName();
        const sent = world.submit(this.life, "whisper", to);
        sent.fate = "uncertain";
        this.#type(`/whisper ${to} ${sent.text}`);
        break;
      }
      case "join":
      case "leave":
        this.room = random.pick(plan.rooms);
        this.life.entered(this.room, undefined);
        this.#type(`/join ${this.room}`);
        break;
      case "ask":
        this.#type(random.pick(["/users", "/rooms", "/nonsense"]));
        break;
      case "pause": {
        const link = this.#link;
        link.pause();
        world.timeline.after(random.between(10, 5000), () => link.resume());
        break;
      }
      case "quit":
        this.quit();
        break;
      case "vanish":
        this.#link.break(random.pick(["reset", "truncated"]));
        break;
      case "nick":
      case "reload":
        break;
    }
  }

  start(): void {
    const { world } = this;
    const life = new Life(true);
    this.life = life;
    world.lives.push(life);
    this.room = "lobby";
    this.#input = "";
    this.#isWelcome = false;
    const name = world.newName(false);
    world.ledger.claimed(name, this);
    life.named(name);
    life.entered("lobby", undefined);
    const link = world.network.connect(this.address, {
      opened: () => this.#type(name),
      received: (bytes) => {
        if (this.life === life) this.#received(bytes);
      },
      closed: () => {
        if (this.life === life) this.#ended();
      },
    });
    this.#link = link;
  }

  /** Leaves by a command, or closes its side as `nc -N` does. */
  quit(): void {
    if (this.world.random.chance(0.5)) this.#type("/quit");
    else this.#link?.end();
  }

  crash(): void {
    this.#link?.destroy();
    this.#ended();
  }

  #ended(): void {
    this.life.isOpen = false;
    this.#isWelcome = false;
    this.#link = undefined;
  }

  #type(line: string): void {
    this.#link?.write(toByteString(line) + "\n");
  }

  #received(bytes: ByteString): void {
    this.#input += bytes;
    const lines = this.#input.split("\n");
    this.#input = lines.pop()!;
    for (const line of lines) this.#read(fromByteString(line) ?? "");
  }

  #read(line: string): void {
    const { ledger } = this.world;
    if (line.includes("Welcome, ")) this.#isWelcome = true;
    else if (line.includes("[WHISPER from ")) {
      ledger.whispered(this.life, line.slice(line.indexOf("]: ") + 3), undefined);
    } else if (/^\[[\d:]+\] \w+: <\d+>/.test(line)) ledger.receivedLine(this.life, line);
    // The name is refused: another connection tries another one.
    else if (line.includes("[ERROR]") && !this.#isWelcome) this.crash();
  }
}
