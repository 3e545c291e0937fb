import { nameOf } from "../names.ts";
import { HostileClient } from "./hostile_client.ts";

/** Makes rooms and gives them topics, for a server that keeps them to collect. */
export class RoomMaker extends HostileClient {
  protected async live(): Promise<void> {
    const { say } = await this.enter({ format: "json" });
    for (let turn = 0;; turn++) {
      const number = Math.floor(Math.random() * 2 ** 32);
      await say({ type: "join", room: nameOf("room", number) });
      await say({ type: "topic", text: "t".repeat(500) });
      await say({ type: "message", text: "the first and only message of this room" });
      this.context.count("rooms");
      await this.pause(5);
    }
  }
}

/** Talks as fast as it can. */
export class Talker extends HostileClient {
  protected async live(): Promise<void> {
    const { say } = await this.enter();
    const text = "flood ".repeat(20 + (this.context.index % 4) * 40);
    while (true) {
      await say({ type: "message", text });
      this.context.count("messages");
      await this.pause(1);
    }
  }
}

/** Asks for long answers, and reads them. */
export class Asker extends HostileClient {
  protected async live(): Promise<void> {
    const { say } = await this.enter();
    for (let since = 0;; since += 100) {
      await say({ type: "history", limit: 500, since: since % 5000 });
      await say({ type: "history", limit: 500, before: 1_000_000_000 });
      await say({ type: "users" });
      await say({ type: "rooms" });
      await say({ type: "help" });
      this.context.count("questions");
      await this.pause(2);
    }
  }
}
