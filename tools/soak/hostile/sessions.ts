import { KEEPER_NAME } from "../names.ts";
import { HostileClient } from "./hostile_client.ts";

/** Milliseconds between two resumes of one client: eight of them resume eight times a second. */
const RESUME_MILLISECONDS = 1000;

/** Resumes its session again and again, from the start, and reads it all. */
export class Resumer extends HostileClient {
  protected async live(): Promise<void> {
    const first = await this.enter({ format: "json", room: "noise" });
    const [, session] = /"session":"([^"]+)"/.exec(first.socket.received) ?? [];
    this.drop(first.socket, "reset");
    if (session === undefined) return this.pause(1000);
    for (let attempt = 0; attempt < 20; attempt++) {
      const hello = { name: first.name, resume: { session, seq: 0, whisper: 0 } };
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
    const { socket, say } = await this.enter({ format: "json" });
    socket.forget();
    await say({ type: "register", password: "a password that costs to hash" });
    this.context.count("registrations");
    await socket.until("\n", 2000);
    await say({ type: "quit" });
    await this.pause(100);
  }
}

/** Comes and goes, with a new name each time. */
export class Joiner extends HostileClient {
  protected async live(): Promise<void> {
    const { say } = await this.enter();
    for (let turn = 0; turn < 5; turn++) {
      await say({ type: "join", room: turn % 2 === 0 ? "coming" : "going" });
      await this.pause(20);
    }
    this.context.count("visits");
    await say({ type: "quit" });
    await this.pause(100);
  }
}

/** Changes its name as fast as it may. */
export class NickChanger extends HostileClient {
  protected async live(): Promise<void> {
    const { say, name } = await this.enter();
    for (let turn = 0;; turn++) {
      await say({ type: "nick", name: `${name.slice(0, 28)}${"abde"[turn % 4]}` });
      this.context.count("names");
      await this.pause(2);
    }
  }
}

/** Ignores unused names, and takes some of them back. */
export class Ignorer extends HostileClient {
  protected async live(): Promise<void> {
    const { say, name } = await this.enter({ format: "json" });
    for (let turn = 0;; turn++) {
      await say({ type: "ignore", name: `${name.slice(0, 20)}${turn % 10_000}` });
      if (turn % 3 === 0) await say({ type: "unignore", name: `${name.slice(0, 20)}${turn}` });
      this.context.count("ignored names");
      await this.pause(2);
    }
  }
}
