import type { Rows } from "./rows.ts";
import type { Topic, Topics } from "./store.ts";

/** The topics of the rooms, in rows of the rooms' keys. */
export class RowTopics implements Topics {
  /** @param onSet gets the key of a room that has a topic from here on. */
  constructor(
    private readonly rows: Rows<Topic>,
    private readonly onSet: (roomKey: string) => void = () => {},
  ) {}

  find(roomKey: string): Topic | undefined {
    return this.rows.get(roomKey);
  }

  save(roomKey: string, topic: Topic | undefined): void {
    if (topic === undefined) return void this.rows.delete(roomKey);
    this.rows.set(roomKey, topic);
    this.onSet(roomKey);
  }
}
