import { Buffer } from "node:buffer";
import { encode } from "./formats.ts";
import { HostileClient } from "./hostile_client.ts";

/** How long a client stays that does nothing more, in milliseconds. */
const STAY_MILLISECONDS = 60_000;

/** Sits in a room that talks, and reads nothing of it. */
export class Listening extends HostileClient {
  protected async live(): Promise<void> {
    const { socket } = await this.enter({ reads: false });
    await socket.untilClosed(STAY_MILLISECONDS);
  }
}

/** Asks for long answers, and reads none. */
export class Asking extends HostileClient {
  protected async live(): Promise<void> {
    const { say } = await this.enter({ reads: false });
    while (true) {
      await say({ type: "history", limit: 500 });
      await say({ type: "users" });
      await say({ type: "rooms" });
      await say({ type: "help" });
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
      await other.say({ type: "whisper", to: victim.name, text: "w".repeat(3000) });
      this.context.count("whispers");
      await this.pause(5);
    }
  }
}

/** Reads nothing while a second client offers files to it and takes them back. */
export class Offered extends HostileClient {
  protected async live(): Promise<void> {
    const victim = await this.enter({ format: "json", reads: false, room: "noise" });
    const other = await this.enter({ format: "json", room: "noise" }, "b");
    const name = "f".repeat(200);
    for (let file = 0; !victim.socket.isClosed; file++) {
      await other.say({ type: "offer", to: victim.name, name, size: 1000, id: `o${file}` });
      if (!await other.socket.until(`"id":"o${file}"`, 3000)) continue;
      const [, number] = /"file":(\d+)/.exec(other.socket.received) ?? [];
      other.socket.forget();
      if (number !== undefined) await other.say({ type: "withdraw", file: Number(number) });
      this.context.count("offers");
    }
  }
}

/** Resumes its session from the start, and reads nothing of what is replayed. */
export class ResumingSilently extends HostileClient {
  protected async live(): Promise<void> {
    const first = await this.enter({ format: "json" });
    const [, session] = /"session":"([^"]+)"/.exec(first.socket.received) ?? [];
    if (session === undefined) return this.pause(1000);
    this.drop(first.socket, "reset");
    for (let attempt = 0; attempt < 10; attempt++) {
      const hello = { name: first.name, resume: { session, seq: 0, whisper: 0 } };
      const { socket } = await this.enter({ format: "json", reads: false, hello });
      this.context.count("resumes");
      await socket.untilClosed(2000);
      this.drop(socket, "reset");
    }
  }
}

/** Sends far more than it is allowed, all of it refused, and reads nothing of the errors. */
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
