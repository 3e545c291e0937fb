import type { ServerFrame } from "../protocol/mod.ts";
import type { ChatClient } from "./chat_client.ts";
import { isOwnJoin, isOwnLeave } from "./core/resume_point.ts";

/**
 * The room of a user interface that shows one room at a time: it enters the next one, and then leaves
 * the one before.
 *
 * Messages after a request go to the requested room, also before its answer.
 */
export class CurrentRoom {
  #name: string;

  constructor(private readonly client: ChatClient) {
    this.#name = client.joinedRooms[0] ?? "";
  }

  get name(): string {
    return this.#name;
  }

  /** Moves to another room. @throws {ChatError} if the server refuses it. */
  async move(room: string): Promise<void> {
    const before = this.#name;
    this.#name = room;
    try {
      const joined = await this.client.join(room);
      if (this.#name === room) this.#name = joined.room;
    } catch (error) {
      if (this.#name === room) this.#name = before;
      throw error;
    }
    if (this.client.joinedRooms.includes(before)) await this.client.leave(before);
  }

  /** Handles a frame of the server, which may have deleted the room. */
  receive(frame: ServerFrame): void {
    const { name: self, joinedRooms } = this.client;
    const isGone = frame.type === "left" && isOwnLeave(frame, self) && frame.room === this.#name;
    if (isGone) this.#name = joinedRooms[0] ?? "";
    else if (this.#name === "" && frame.type === "joined" && isOwnJoin(frame, self)) {
      this.#name = frame.room;
    }
  }
}
