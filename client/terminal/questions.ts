/** Why something was asked of the server: the person wants to see the answer, a line is made of it,
 * or it is only remembered. */
export type Purpose = "person" | "status" | "completion";

/** What the server is asked that answers without saying which question it answers. */
type Kind = "users" | "rooms";

/** Remembers why each question was asked; answers come in the order of the questions. */
export class Questions {
  readonly #asked: Record<Kind, Purpose[]> = { users: [], rooms: [] };

  asked(kind: Kind, purpose: Purpose): void {
    this.#asked[kind].push(purpose);
  }

  /** True while an answer is to come. */
  isOpen(kind: Kind): boolean {
    return this.#asked[kind].length > 0;
  }

  /** An answer came: to what? */
  answered(kind: Kind): Purpose {
    return this.#asked[kind].shift() ?? "person";
  }

  /** The connection is gone, and the answers with it. */
  forget(): void {
    this.#asked.users.length = 0;
    this.#asked.rooms.length = 0;
  }
}
