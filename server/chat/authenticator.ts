import {
  type ClientFrameOf,
  DEFAULT_ROOM,
  nameKey,
  type ProtocolError,
  protocolError,
} from "../../protocol/mod.ts";
import type { AccountWatch } from "../accounts/account_watch.ts";
import type { Hub } from "./hub.ts";
import type { Member } from "./member.ts";
import type { Moderation } from "./moderation.ts";
import type { Replay } from "./replay.ts";
import type { Resumption } from "./resumption.ts";
import type { Room } from "./room.ts";
import type { Operators } from "../accounts/operators.ts";
import type { PasswordVerifier } from "../accounts/password_verifier.ts";
import type { Account, Accounts } from "../storage/store.ts";

/** What the authenticator needs of the server. */
export interface EntranceServer {
  readonly hub: Hub;
  readonly resumption: Resumption;
  readonly moderation: Moderation;
  readonly accounts: Accounts | undefined;
  readonly accountWatch: AccountWatch;
  readonly operators: Operators;
  readonly passwords: PasswordVerifier;
}

/** Who wants to come in, and how they are connected. */
export interface Guest {
  /** IP address. */
  readonly address: string;
}

/** A `hello`; its name is empty for a client that listens without one. */
export type Hello = ClientFrameOf<"hello"> & { readonly name: string };

/** What somebody may be asked before they are in. */
export type LoginQuestion = "name" | "password" | "server password";

/** How an attempt to come in ended. */
export type EntranceOutcome =
  | {
    readonly refused: ProtocolError;
    readonly welcome?: undefined;
    /** What a person is to be asked next; `nothing` ends the connection. */
    readonly asks: LoginQuestion | "nothing";
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
    /** Whether the other members get no frames about this one. */
    readonly listens: boolean;
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

/**
 * Decides who comes in: bans, the server's password, names, their passwords, resumed sessions.
 *
 * It answers at once unless a password has to be checked, which takes a tenth of a second.
 */
export class Authenticator {
  constructor(private readonly server: EntranceServer) {}

  /** Whether everybody has to give the server's password. */
  get hasServerPassword(): boolean {
    return this.server.passwords.hasServerPassword;
  }

  /** Whether that name is protected by a password. */
  isProtected(name: string): boolean {
    return this.server.accounts?.find(nameKey(name)) !== undefined;
  }

  enter(hello: Hello, guest: Guest): EntranceOutcome | Promise<EntranceOutcome> {
    const { moderation, passwords } = this.server;
    const banned = moderation.refusal(hello.name, guest.address);
    if (banned !== undefined) return { refused: banned, asks: "nothing" };
    const refused = passwords.verifyServer(hello.serverPassword, guest.address);
    // A client with the token of a session has given the password before: a reloaded page has the token,
    // and stores no password.
    const mayResume = refused === undefined ||
      (hello.serverPassword === undefined && this.#hasPassedBefore(hello));
    const resumed = mayResume ? this.#resume(hello, guest) : undefined;
    if (resumed !== undefined) return resumed;
    if (refused !== undefined) return { refused, asks: "server password" };
    return this.#enterAnew(hello, guest);
  }

  #hasPassedBefore({ resume }: Hello): boolean {
    return resume !== undefined && this.server.resumption.isOfThisRun(resume.session);
  }

  /** Resumes a session; `undefined` when the client asks for none, or for an unknown one. */
  #resume({ resume, listen }: Hello, { address }: Guest): EntranceOutcome | undefined {
    if (resume === undefined) return undefined;
    const { accountWatch, moderation, resumption } = this.server;
    accountWatch.refresh();
    const banned = moderation.refusal(resumption.nameOf(resume.session), address);
    if (banned !== undefined) return { refused: banned, asks: "nothing" };
    const { value } = resumption.resume(resume, address, listen === true);
    if (value === undefined) return undefined;
    const { member: resumed, replay } = value;
    return { welcome: { resumed, replay, token: resume.session } };
  }

  /** Decides about a client with a new session. */
  #enterAnew(hello: Hello, guest: Guest): EntranceOutcome | Promise<EntranceOutcome> {
    const { hub, accounts, accountWatch } = this.server;
    accountWatch.refresh();
    if (hello.name === "" && hello.listen === true) return this.#admit(hello, guest, "", false);
    const account = accounts?.find(nameKey(hello.name));
    if (account === undefined) {
      const { value: name, error } = hub.people.checkTakeable(hello.name);
      return error === undefined
        ? this.#admit(hello, guest, name, false)
        : { refused: error, asks: "name" };
    }
    if (hello.password === undefined) {
      return { refused: protocolError("password_needed", account.name), asks: "password" };
    }
    return this.#checkPassword(hello, guest, hello.password, account);
  }

  #checkPassword(
    hello: Hello,
    guest: Guest,
    password: string,
    account: Account,
  ): EntranceOutcome | Promise<EntranceOutcome> {
    const { hub } = this.server;
    const decide = (refused: ProtocolError | undefined): EntranceOutcome =>
      refused === undefined
        ? this.#admit(hello, guest, hub.people.ownedName(hello.name, account.name), true)
        : { refused, asks: "password" };
    const checked = this.server.passwords.verify(account, password, guest.address);
    return checked instanceof Promise ? checked.then(decide) : decide(checked);
  }

  #admit(
    hello: Hello,
    { address }: Guest,
    name: string,
    isAuthenticated: boolean,
  ): EntranceOutcome {
    const { hub, operators, resumption } = this.server;
    const room = hub.rooms.open(hello.room ?? DEFAULT_ROOM, address);
    if (room.error !== undefined) return { refused: room.error, asks: "name" };
    // Last, so that a refused client drives out no broken connection. The owner of a name takes it
    // when there is a session to have it.
    if (!isAuthenticated && name !== "") resumption.freeName(name);
    const isOperator = isAuthenticated && operators.has(nameKey(name));
    const notResumed = hello.resume && protocolError("cannot_resume");
    return {
      welcome: {
        name,
        room: room.value,
        isAuthenticated,
        isOperator,
        listens: hello.listen === true,
        ...(notResumed === undefined ? undefined : { notResumed }),
      },
    };
  }
}
