import { Buffer } from "node:buffer";
import { type Entered, HostileClient } from "./hostile_client.ts";
import { encode } from "./hostile_socket.ts";
import { HONEST_ROOM, KEEPER_NAME, nameOf } from "../messages.ts";

/** Milliseconds between two resumes of one client: eight of them resume eight times a second. */
const RESUME_MILLISECONDS = 1000;

/** Resumes its session again and again, from the start, and reads everything. */
export class Resumer extends HostileClient {
  protected async live(): Promise<void> {
    const first = await this.enter({ format: "json", room: "noise" });
    const [, session] = /"session":"([^"]+)"/.exec(first.socket.received) ?? [];
    this.drop(first.socket, "reset");
    if (session === undefined) return this.pause(1000);
    for (let attempt = 0; attempt < 20; attempt++) {
      const hello = { name: first.name, resume: { session, rooms: { noise: 0 }, whisper: 0 } };
      const { socket } = await this.enter({ format: "json", room: "noise", hello });
      this.context.count("resumes");
      await this.pause(RESUME_MILLISECONDS);
      this.drop(socket, "reset");
    }
  }
}

/** Guesses the password of a protected name, several at once. */
export class Guesser extends HostileClient {
  protected async live(): Promise<void> {
    const socket = await this.connect(true, false);
    for (let guess = 0; guess < 3; guess++) {
      await socket.send(
        JSON.stringify({ type: "hello", name: KEEPER_NAME, password: `guess ${guess}` }) + "\n",
      );
      this.context.count("guesses");
      socket.forget();
      await socket.until("\n", 2000);
    }
    await this.pause(100);
  }
}

/** Registers a new name in every life. */
export class Registrar extends HostileClient {
  protected async live(): Promise<void> {
    const { socket, send } = await this.enter({ format: "json" });
    socket.forget();
    await send({ type: "register", password: "a password that costs to hash" });
    this.context.count("registrations");
    await socket.until("\n", 2000);
    await send({ type: "quit" });
    await this.pause(100);
  }
}

/** Joins and leaves, with a new name each time. */
export class Joiner extends HostileClient {
  protected async live(): Promise<void> {
    const { send } = await this.enter();
    for (let turn = 0; turn < 5; turn++) {
      await send({ type: "join", room: turn % 2 === 0 ? "coming" : "going" });
      await this.pause(20);
    }
    this.context.count("visits");
    await send({ type: "quit" });
    await this.pause(100);
  }
}

/** Changes its name as fast as it can. */
export class NickChanger extends HostileClient {
  protected async live(): Promise<void> {
    const { send, name } = await this.enter();
    for (let turn = 0;; turn++) {
      await send({ type: "nick", name: `${name.slice(0, 28)}${"abde"[turn % 4]}` });
      this.context.count("names");
      await this.pause(2);
    }
  }
}

/** Ignores unused names, and stops ignoring some of them. */
export class Ignorer extends HostileClient {
  protected async live(): Promise<void> {
    const { send, name } = await this.enter({ format: "json" });
    for (let turn = 0;; turn++) {
      await send({ type: "ignore", name: `${name.slice(0, 20)}${turn % 10_000}` });
      if (turn % 3 === 0) await send({ type: "unignore", name: `${name.slice(0, 20)}${turn}` });
      this.context.count("ignored names");
      await this.pause(2);
    }
  }
}

/** Creates rooms with topics, which a server with a data folder stores. */
export class RoomMaker extends HostileClient {
  protected async live(): Promise<void> {
    const { send } = await this.enter({ format: "json" });
    for (let turn = 0;; turn++) {
      const number = Math.floor(Math.random() * 2 ** 32);
      await send({ type: "join", room: nameOf("room", number) });
      await send({ type: "topic", text: "t".repeat(500) });
      await send({ type: "message", text: "the first and only message of this room" });
      this.context.count("rooms");
      await this.pause(5);
    }
  }
}

/** Sends messages as fast as it can. */
export class Talker extends HostileClient {
  protected async live(): Promise<void> {
    const { send } = await this.enter();
    const text = "flood ".repeat(20 + (this.context.index % 4) * 40);
    while (true) {
      await send({ type: "message", text });
      this.context.count("messages");
      await this.pause(1);
    }
  }
}

/** Requests long answers, and reads them. */
export class Asker extends HostileClient {
  protected async live(): Promise<void> {
    const { send } = await this.enter();
    for (let since = 0;; since += 100) {
      await send({ type: "history", limit: 500, since: since % 5000 });
      await send({ type: "history", limit: 500, before: 1_000_000_000 });
      await send({ type: "users" });
      await send({ type: "rooms" });
      await send({ type: "help" });
      this.context.count("questions");
      await this.pause(2);
    }
  }
}

/** How long an idle client stays, in milliseconds. */
const STAY_MILLISECONDS = 60_000;

/** Joins a busy room, and reads nothing. */
export class Listening extends HostileClient {
  protected async live(): Promise<void> {
    const { socket } = await this.enter({ reads: false });
    await socket.untilClosed(STAY_MILLISECONDS);
  }
}

/** Requests long answers, and reads none. */
export class Asking extends HostileClient {
  protected async live(): Promise<void> {
    const { send } = await this.enter({ reads: false });
    while (true) {
      await send({ type: "history", limit: 500 });
      await send({ type: "users" });
      await send({ type: "rooms" });
      await send({ type: "help" });
      this.context.count("questions");
      await this.pause(5);
    }
  }
}

/** Reads nothing while a second client whispers to it. */
export class Whispered extends HostileClient {
  protected async live(): Promise<void> {
    const victim = await this.enter({ reads: false, room: "noise" });
    const other = await this.enter({ format: "json", room: "noise" }, "b");
    while (!victim.socket.isClosed) {
      await other.send({ type: "whisper", to: victim.name, text: "w".repeat(3000) });
      this.context.count("whispers");
      await this.pause(5);
    }
  }
}

/** Reads nothing while a second client offers it files and withdraws them. */
export class Offered extends HostileClient {
  protected async live(): Promise<void> {
    const victim = await this.enter({ format: "json", reads: false, room: "noise" });
    const other = await this.enter({ format: "json", room: "noise" }, "b");
    const name = "f".repeat(200);
    for (let file = 0; !victim.socket.isClosed; file++) {
      await other.send({ type: "offer", to: victim.name, name, size: 1000, id: `o${file}` });
      if (!await other.socket.until(`"id":"o${file}"`, 3000)) continue;
      const [, number] = /"file":(\d+)/.exec(other.socket.received) ?? [];
      other.socket.forget();
      if (number !== undefined) await other.send({ type: "withdraw", file: Number(number) });
      this.context.count("offers");
    }
  }
}

/** Resumes its session from the start, and never reads the replay. */
export class ResumingSilently extends HostileClient {
  protected async live(): Promise<void> {
    const first = await this.enter({ format: "json" });
    const [, session] = /"session":"([^"]+)"/.exec(first.socket.received) ?? [];
    if (session === undefined) return this.pause(1000);
    this.drop(first.socket, "reset");
    for (let attempt = 0; attempt < 10; attempt++) {
      const hello = {
        name: first.name,
        resume: { session, rooms: { [this.room]: 0 }, whisper: 0 },
      };
      const { socket } = await this.enter({ format: "json", reads: false, hello });
      this.context.count("resumes");
      await socket.untilClosed(2000);
      this.drop(socket, "reset");
    }
  }
}

/** Sends far more than the rate allows, and never reads the errors. */
export class Refused extends HostileClient {
  protected async live(): Promise<void> {
    const { socket, format } = await this.enter({ reads: false });
    const frame = { type: "whisper", to: "no-such-person", text: "x", id: "i".repeat(64) };
    const flood = Buffer.concat(Array.from({ length: 100 }, () => encode(format, frame)));
    while (true) {
      await socket.send(flood);
      this.context.count("hundred errors asked for");
      await this.pause(1);
    }
  }
}

/** The number after `key` in the received text; `undefined` after a timeout. */
async function numberOf({ socket }: Entered, key: string): Promise<number | undefined> {
  await socket.until(`"${key}":`, 3000);
  const [, digits] = new RegExp(`"${key}":(\\d+)`).exec(socket.received) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Offers files to a full room, and withdraws them. */
export class Offerer extends HostileClient {
  protected async live(): Promise<void> {
    const entered = await this.enter({ format: "json", room: HONEST_ROOM });
    while (true) {
      entered.socket.forget();
      await entered.send({ type: "offer", to: `#${HONEST_ROOM}`, name: "f".repeat(255), size: 1 });
      await entered.send({ type: "offer", to: `#${HONEST_ROOM}`, name: "g", size: 1, id: "x" });
      const file = await numberOf(entered, "file");
      if (file !== undefined) await entered.send({ type: "withdraw", file });
      this.context.count("offers");
      await this.pause(5);
    }
  }
}

/** A transfer between two clients of this kind. */
abstract class Transferring extends HostileClient {
  protected async transfer(): Promise<
    { sender: Entered; receiver: Entered; number: number } | undefined
  > {
    const receiver = await this.enter({ format: "json", room: "noise" });
    const sender = await this.enter({ format: "json", room: "noise" }, "b");
    await sender.send({ type: "offer", to: receiver.name, name: "f", size: 20_000_000, id: "x" });
    const file = await numberOf(sender, "file");
    if (file === undefined) return undefined;
    receiver.socket.forget();
    await receiver.send({ type: "accept", file });
    const number = await numberOf(receiver, "transfer");
    if (number === undefined) return undefined;
    this.context.count("transfers");
    return { sender, receiver, number };
  }
}

/** Starts transfers and leaves them idle. */
export class TransferHolder extends Transferring {
  protected async live(): Promise<void> {
    const transfer = await this.transfer();
    await transfer?.sender.socket.untilClosed(30_000);
    await this.pause(500);
  }
}

/** Confirms bytes of a file as fast as it can. */
export class Confirmer extends Transferring {
  protected async live(): Promise<void> {
    const transfer = await this.transfer();
    if (transfer === undefined) return this.pause(500);
    const { receiver, number } = transfer;
    const line = JSON.stringify({ type: "received", transfer: number, bytes: 0 }) + "\n";
    while (true) {
      await receiver.socket.send(line.repeat(100));
      this.context.count("hundred confirmations");
      await this.pause(1);
    }
  }
}
