import { type CheckContext, excerpt } from "./check.ts";
import { CheckFailure, CheckSkipped } from "./check_failure.ts";
import { type CheckClient, literalPattern } from "./check_client.ts";
import { asksForPassword } from "./recognise.ts";
import type { ChatServer } from "./server_kinds.ts";

export interface JoinedClient {
  readonly name: string;
  readonly client: CheckClient;
}

/** A chat during its checks, with its properties that one check finds and later ones rely on. */
export class ChatUnderTest {
  /** Whether messages arrive without the sender's name. */
  isUnsigned = false;
  /** Whether joins were found not to be announced: another wait would find nothing. */
  #hidesJoins = false;
  #hidesLeaves = false;
  /** The reason why no client can join, once found: checks that need one are skipped. */
  #obstacle: string | undefined;

  constructor(readonly context: CheckContext, readonly kind: ChatServer) {}

  /** Connects a client and joins with a name. */
  async join(stem: string): Promise<JoinedClient> {
    return await this.joinWith(await this.context.connect(), stem);
  }

  async joinTwo(): Promise<[JoinedClient, JoinedClient]> {
    return [await this.join("Ann"), await this.join("Bob")];
  }

  async joinWith(client: CheckClient, stem: string): Promise<JoinedClient> {
    if (this.#obstacle !== undefined) throw new CheckSkipped(this.#obstacle);
    const name = this.context.name(stem);
    const hasJoined = await this.kind.join(client, name);
    if (asksForPassword(client.received)) {
      this.#obstacle = "the server asks for a password";
      throw new CheckFailure("it asks for a password after the name");
    }
    if (!hasJoined) {
      throw new CheckFailure(
        `"${name}" could not join; the server sent ${excerpt(client.received)}`,
      );
    }
    return { name, client };
  }

  timesReceived(by: JoinedClient, from: JoinedClient, text: string): number {
    const message = this.isUnsigned
      ? new RegExp(literalPattern(text), "g")
      : this.kind.message(from.name, text);
    return by.client.received.match(message)?.length ?? 0;
  }

  /** Waits until a client has received a message. */
  receives(by: JoinedClient, from: JoinedClient, text: string): Promise<boolean> {
    return by.client.until(() => this.timesReceived(by, from, text) > 0);
  }

  /** Sends a message and waits until another client has it: earlier messages have arrived by then. */
  async deliver(from: JoinedClient, to: JoinedClient): Promise<string> {
    const text = this.context.text();
    const before = to.client.received.length;
    await from.client.send(`${text}\n`);
    if (!await this.receives(to, from, text)) {
      const got = excerpt(to.client.received.slice(before));
      const why = to.client.isEnded
        ? "before the server closed the connection"
        : `in ${this.context.patience}`;
      throw new CheckFailure(`a message did not arrive ${why}; received: ${got}`);
    }
    return text;
  }

  /** Whether a message reaches another client without its sender's name. */
  async losesNames(from: JoinedClient, to: JoinedClient): Promise<boolean> {
    const text = this.context.text();
    await from.client.send(`${text}\n`);
    const hasArrived = await to.client.until((received) => received.includes(text));
    return hasArrived && this.timesReceived(to, from, text) === 0;
  }

  /**
   * Joins a guest, and checks whether a client in the chat gets a notice.
   *
   * @returns the guest; `undefined` when the server announces no joins.
   */
  async announcedGuest(by: JoinedClient): Promise<JoinedClient | undefined> {
    if (this.#hidesJoins) return undefined;
    const before = by.client.received.length;
    const guest = await this.join("Guest");
    if (await isNoticed(by, before, this.kind.joined(guest.name))) return guest;
    this.#hidesJoins = true;
    return undefined;
  }

  /**
   * Checks that a leave is announced, and that the chat continues.
   *
   * @returns false when the server announces neither joins nor leaves.
   */
  async checkLeave(leave: (client: CheckClient) => void): Promise<boolean> {
    const [ann, bob] = await this.joinTwo();
    const guest = await this.announcedGuest(ann);
    const leaver = guest ?? await this.join("Guest");
    const before = ann.client.received.length;
    leave(leaver.client);
    const isAnnounced = !this.#hidesLeaves &&
      await isNoticed(ann, before, this.kind.left(leaver.name));
    await this.deliver(bob, ann);
    await this.join("Late");
    if (isAnnounced && guest === undefined) {
      throw new CheckFailure("leaves are announced, but joins are not");
    }
    if (isAnnounced) return true;
    if (guest === undefined) {
      this.#hidesLeaves = true;
      return false;
    }
    throw new CheckFailure(
      `no notice came in ${this.context.patience}, though joins are announced`,
    );
  }
}

function isNoticed(by: JoinedClient, since: number, notice: RegExp): Promise<boolean> {
  return by.client.until((received) => notice.test(received.slice(since)));
}

/** Whether a message came without a line feed behind it, though more text followed. */
export function hasNoLineFeed({ client: { received } }: JoinedClient, text: string): boolean {
  const rest = received.slice(received.indexOf(text) + text.length);
  return rest !== "" && !rest.includes("\n");
}
