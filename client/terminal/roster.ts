import type { ServerFrame } from "../../protocol/mod.ts";

/** Names that are kept of people who whispered from other rooms, and of rooms. */
const MAX_RECENT = 100;

/** Who is in the room and which rooms there are, as far as this client has heard: for completion. */
export class Roster {
  /** By their lower case; who spoke last comes last. */
  #names = new Map<string, string>();
  #rooms = new Set<string>();

  /** The others, who spoke last first. */
  names(self: string): string[] {
    const mine = self.toLowerCase();
    return [...this.#names].flatMap(([key, name]) => key === mine ? [] : [name]).reverse();
  }

  rooms(): string[] {
    return [...this.#rooms];
  }

  /** Learns from whatever the server says. */
  heard(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return this.#addRoom(frame.room);
      case "users": {
        // Those who have spoken stay where they are; the rest is behind them, in its order.
        const here = new Map(frame.users.map(({ name }) => [name.toLowerCase(), name]));
        const spoken = [...this.#names].filter(([key]) => here.has(key));
        for (const [key] of spoken) here.delete(key);
        this.#names = new Map([...[...here].reverse(), ...spoken]);
        return;
      }
      case "rooms":
        this.#rooms = new Set(frame.rooms.map(({ name }) => name));
        return;
      case "joined":
        if (frame.seq === undefined) return this.#come(frame.name);
        this.#names.clear();
        return this.#addRoom(frame.room);
      case "left":
        this.#names.delete(frame.name.toLowerCase());
        return;
      case "renamed":
        this.#names.delete(frame.from.toLowerCase());
        return this.#come(frame.to);
      case "message":
      case "whisper":
        this.#names.delete(frame.from.toLowerCase());
        this.#names.set(frame.from.toLowerCase(), frame.from);
    }
  }

  /** Somebody who came has said nothing yet: behind those who have. */
  #come(name: string): void {
    if (this.#names.has(name.toLowerCase())) return;
    this.#names = new Map([[name.toLowerCase(), name], ...this.#names]);
  }

  #addRoom(room: string): void {
    if (this.#rooms.size < MAX_RECENT) this.#rooms.add(room);
  }
}
