import type { Rows } from "./rows.ts";
import type { Topic, Topics } from "./store.ts";

/** The topics of the rooms, in rows of the rooms' keys. */
export class RowTopics implements Topics {
  constructor(private readonly rows: Rows<Topic>) {}

  find(roomKey: string): Topic | undefined {
    return this.rows.get(roomKey);
  }

  save(roomKey: string, topic: Topic | undefined): void {
    if (topic === undefined) this.rows.delete(roomKey);
    else this.rows.set(roomKey, topic);
  }
}
