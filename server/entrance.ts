import { createHash, timingSafeEqual } from "node:crypto";
import {
  type ClientFrameOf,
  DEFAULT_ROOM,
  nameKey,
  type ProtocolError,
  protocolError,
} from "../protocol/mod.ts";
import type { Hub } from "./hub.ts";
import type { Member } from "./member.ts";
import type { Moderation } from "./moderation.ts";
import type { Replay } from "./replay.ts";
import type { Resumption } from "./resumption.ts";
import type { Room } from "./room.ts";
import { normalizeSecret } from "./storage/password.ts";
import type { Accounts } from "./storage/store.ts";

/** Slows down those who guess passwords. */
export interface Penalties {
  /** Takes a place for one check. @returns the milliseconds to wait before it, or 0. */
  place(address: string, now: number): number;
  /** A password from that address was wrong. */
  wrong(address: string, now: number): void;
}

/** What the entrance needs of the server. */
export interface EntranceServer {
  readonly hub: Hub;
  readonly resumption: Resumption;
  readonly moderation: Moderation;
  readonly accounts: Accounts | undefined;
  /** The password of the whole server, if it has one. */
  readonly serverPassword: string | undefined;
  readonly penalties: Penalties;
  /** Whether a password is right; `undefined` when too many others ask at the moment. */
  checkPassword(password: string, hash: string): Promise<boolean | undefined>;
  /** Monotonic milliseconds. */
  monotonic(): number;
  delay(milliseconds: number): Promise<void>;
}

/** Who wants to come in, and how they are connected. */
export interface Guest {
  /** IP address. */
  readonly address: string;
}

/** What somebody may be asked before they are in. */
export type EntranceQuestion = "name" | "password" | "server password";

/** How an attempt to come in ended. */
export type EntranceOutcome =
  | {
    readonly refused: ProtocolError;
    readonly welcome?: undefined;
    /** What a person is to be asked next; `nothing` ends the connection. */
    readonly asks: EntranceQuestion | "nothing";
  }
  /** In, with a name and a room; the caller registers the member, or attaches the resumed one. */
  | { readonly refused?: undefined; readonly welcome: Welcome };

/** Somebody who may come in. */
export type Welcome =
  | {
    readonly name: string;
    readonly room: Room;
    readonly isAuthenticated: boolean;
    readonly isOperator: boolean;
    readonly resumed?: undefined;
    /** Told behind the welcome: why this is not the session that was to be resumed. */
    readonly notResumed?: ProtocolError;
  }
  | {
    readonly resumed: Member;
    readonly replay: Replay;
    /** Stays the same: the client may lose this connection before it hears of another one. */
    readonly token: string;
  };

type Hello = ClientFrameOf<"hello">;

/**
 * Decides who comes in: bans, the server's password, names, their passwords, resumed sessions.
 *
 * It answers at once unless a password has to be checked, which takes a tenth of a second.
 */
export class Entrance {
  constructor(private readonly server: EntranceServer) {}

  /** Whether everybody has to give the server's password. */
  get hasServerPassword(): boolean {
    return this.server.serverPassword !== undefined;
  }

  /** Whether that name is protected by a password. */
  isProtected(name: string): boolean {
    return this.server.accounts?.find(nameKey(name)) !== undefined;
  }

  enter(hello: Hello, guest: Guest): EntranceOutcome | Promise<EntranceOutcome> {
    const { moderation, serverPassword } = this.server;
    const banned = moderation.refusal(hello.name, guest.address);
    if (banned !== undefined) return { refused: banned, asks: "nothing" };
    if (serverPassword === undefined) return this.#enterUnlocked(hello, guest);
    const refused: EntranceOutcome = {
      refused: protocolError("server_password_wrong", hello.serverPassword !== undefined),
      asks: "server password",
    };
    if (hello.serverPassword === undefined) return refused;
    const enter = () => {
      if (isEqual(hello.serverPassword!, serverPassword)) return this.#enterUnlocked(hello, guest);
      this.#wrong(guest);
      return refused;
    };
    const wait = this.#place(guest);
    return wait === 0 ? enter() : this.server.delay(wait).then(enter);
  }

  /** Decides about somebody who may know of the server. */
  #enterUnlocked(hello: Hello, guest: Guest): EntranceOutcome | Promise<EntranceOutcome> {
    const { hub, accounts } = this.server;
    if (hello.resume !== undefined) {
      const owner = this.server.resumption.nameOf(hello.resume.session);
      const banned = this.server.moderation.refusal(owner, guest.address);
      if (banned !== undefined) return { refused: banned, asks: "nothing" };
      const { value } = this.server.resumption.resume(hello.resume, guest.address);
      if (value !== undefined) {
        const { member: resumed, replay } = value;
        return { welcome: { resumed, replay, token: hello.resume.session } };
      }
    }
    const account = accounts?.find(nameKey(hello.name));
    const { error } = account === undefined
      ? hub.people.checkTakeable(hello.name)
      : hub.people.checkOwned(hello.name, account.name);
    if (error !== undefined) return { refused: error, asks: "name" };
    if (account === undefined) return this.#admit(hello, guest, false);
    if (hello.password === undefined) {
      return { refused: protocolError("password_needed", account.name), asks: "password" };
    }
    return this.#checkPassword(hello, guest, hello.password, account.passwordHash);
  }

  async #checkPassword(
    hello: Hello,
    guest: Guest,
    password: string,
    hash: string,
  ): Promise<EntranceOutcome> {
    const wait = this.#place(guest);
    if (wait > 0) await this.server.delay(wait);
    const isRight = await this.server.checkPassword(password, hash);
    if (isRight === undefined) return { refused: protocolError("too_busy"), asks: "password" };
    if (isRight) return this.#admit(hello, guest, true);
    this.#wrong(guest);
    return { refused: protocolError("wrong_password"), asks: "password" };
  }

  #admit(hello: Hello, { address }: Guest, isAuthenticated: boolean): EntranceOutcome {
    const { hub, accounts, moderation, resumption } = this.server;
    // While a password was checked somebody else may have come in by that name.
    const { value: name, error } = isAuthenticated
      ? hub.people.checkOwned(hello.name, accounts?.find(nameKey(hello.name))?.name ?? hello.name)
      : hub.people.checkTakeable(hello.name);
    if (error !== undefined) return { refused: error, asks: "name" };
    const room = hub.rooms.open(hello.room ?? DEFAULT_ROOM, address);
    if (room.error !== undefined) return { refused: room.error, asks: "name" };
    // Last, so that nobody who is refused drives out a broken connection.
    resumption.freeName(name);
    const isOperator = isAuthenticated && moderation.isOperatorName(name);
    const notResumed = hello.resume && protocolError("cannot_resume");
    return {
      welcome: {
        name,
        room: room.value,
        isAuthenticated,
        isOperator,
        ...(notResumed === undefined ? undefined : { notResumed }),
      },
    };
  }

  /** Milliseconds that a guest has to wait before the next guess is looked at. */
  #place({ address }: Guest): number {
    return this.server.penalties.place(address, this.server.monotonic());
  }

  #wrong({ address }: Guest): void {
    this.server.penalties.wrong(address, this.server.monotonic());
  }
}

/** Compares two secrets in a time that tells nothing about where they differ. */
function isEqual(given: string, expected: string): boolean {
  const normalized = normalizeSecret(given);
  if (normalized === undefined) return false;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(normalized), digest(expected.normalize("NFKC")));
}
