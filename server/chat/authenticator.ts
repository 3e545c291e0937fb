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
import type { Resumption, TakePlace } from "./resumption.ts";
import type { Room } from "./room.ts";
import { OPENED_ROOM_TOKENS } from "./rooms.ts";
import type { Operators } from "../accounts/operators.ts";
import type { PasswordVerifier } from "../accounts/password_verifier.ts";
import type { Result } from "../result.ts";
import type { Account, Accounts } from "../storage/store.ts";

export interface AuthenticatorParts {
  readonly hub: Hub;
  readonly resumption: Resumption;
  readonly moderation: Moderation;
  readonly accounts: Accounts | undefined;
  readonly accountWatch: AccountWatch;
  readonly operators: Operators;
  readonly passwords: PasswordVerifier;
}

/** A `hello`; the name is empty for a client that listens without one. */
export type Hello = ClientFrameOf<"hello"> & { readonly name: string };

/** The fields that a user is prompted for before joining. */
export type LoginQuestion = "name" | "password" | "server password";

export type LoginResult =
  | {
    readonly refused: ProtocolError;
    readonly welcome?: undefined;
    /** The next prompt; `nothing` ends the connection. */
    readonly asks: LoginQuestion | "nothing";
  }
  /** Accepted: the caller takes the name and registers the member, or attaches the resumed one. */
  | { readonly refused?: undefined; readonly welcome: AcceptedLogin };

/** The name and the rooms of an accepted login, or its resumed session. */
export type AcceptedLogin =
  | {
    readonly name: string;
    readonly rooms: readonly Room[];
    readonly isAuthenticated: boolean;
    readonly isOperator: boolean;
    /** Whether the other members get no frames about this one. */
    readonly listens: boolean;
    readonly resumed?: undefined;
    /** Sent after `welcome`: the error of the session that was to be resumed. */
    readonly notResumed?: ProtocolError;
  }
  | {
    readonly resumed: Member;
    readonly replay: Replay;
    /** Stays the same: the client may lose this connection before it receives another one. */
    readonly token: string;
  };

/** Takes tokens of the rate limit of a client. */
type ChargeTokens = (tokens: number) => void;

/**
 * Decides about logins: bans, the server's password, names, their passwords, resumed sessions.
 *
 * The result is immediate unless a password is checked, which takes about 100 ms.
 */
export class Authenticator {
  constructor(private readonly server: AuthenticatorParts) {}

  get hasServerPassword(): boolean {
    return this.server.passwords.hasServerPassword;
  }

  /**
   * @param takePlace called before a session is resumed; for other logins the caller takes the place.
   * @param chargeTokens takes tokens of the client for its rooms: as many as a `join` of each.
   */
  logIn(
    hello: Hello,
    address: string,
    takePlace: TakePlace,
    chargeTokens: ChargeTokens = () => {},
  ): LoginResult | Promise<LoginResult> {
    const { moderation, passwords } = this.server;
    const banned = moderation.banError(hello.name, address);
    if (banned !== undefined) return { refused: banned, asks: "nothing" };
    const refused = passwords.verifyServer(hello.serverPassword, address);
    // A client with the token of a session has given the password before: a reloaded page has the token,
    // and stores no password.
    const mayResume = refused === undefined ||
      (hello.serverPassword === undefined && this.#hasPassedBefore(hello));
    const resumed = mayResume ? this.#resume(hello, address, takePlace) : undefined;
    if (resumed !== undefined) return resumed;
    if (refused !== undefined) return { refused, asks: "server password" };
    return this.#logInAnew(hello, address, chargeTokens);
  }

  #hasPassedBefore({ resume }: Hello): boolean {
    return resume !== undefined && this.server.resumption.isOfThisRun(resume.session);
  }

  /** Resumes a session; `undefined` without a request for it, or for an unknown one. */
  #resume(
    { resume, listen }: Hello,
    address: string,
    takePlace: TakePlace,
  ): LoginResult | undefined {
    if (resume === undefined) return undefined;
    const { accountWatch, moderation, resumption } = this.server;
    accountWatch.refresh();
    const banned = moderation.banError(resumption.nameOf(resume.session), address);
    if (banned !== undefined) return { refused: banned, asks: "nothing" };
    let full: ProtocolError | undefined;
    const take: TakePlace = (member) => full = takePlace(member);
    const { value } = resumption.resume(resume, address, take, listen === true);
    if (full !== undefined) return { refused: full, asks: "nothing" };
    if (value === undefined) return undefined;
    const { member: resumed, replay } = value;
    return { welcome: { resumed, replay, token: resume.session } };
  }

  #logInAnew(
    hello: Hello,
    address: string,
    chargeTokens: ChargeTokens,
  ): LoginResult | Promise<LoginResult> {
    const { hub, accounts, accountWatch } = this.server;
    accountWatch.refresh();
    const admit = (name: string, isAuthenticated: boolean) =>
      this.#admit(hello, address, name, isAuthenticated, chargeTokens);
    if (hello.name === "" && hello.listen === true) return admit("", false);
    const account = accounts?.find(nameKey(hello.name));
    if (account === undefined) {
      const { value: name, error } = hub.members.checkTakeable(hello.name);
      return error === undefined ? admit(name, false) : { refused: error, asks: "name" };
    }
    if (hello.password === undefined) {
      return { refused: protocolError("password_needed", account.name), asks: "password" };
    }
    return this.#checkPassword(hello, address, hello.password, account, admit);
  }

  #checkPassword(
    hello: Hello,
    address: string,
    password: string,
    account: Account,
    admit: (name: string, isAuthenticated: boolean) => LoginResult,
  ): LoginResult | Promise<LoginResult> {
    const { hub, moderation } = this.server;
    const decide = (refused: ProtocolError | undefined): LoginResult => {
      if (refused !== undefined) return { refused, asks: "password" };
      // Meanwhile an operator may have banned the name or the address.
      const banned = moderation.banError(hello.name, address);
      if (banned !== undefined) return { refused: banned, asks: "nothing" };
      return admit(hub.members.ownedName(hello.name, account.name), true);
    };
    const checked = this.server.passwords.verify(account, password, address);
    return checked instanceof Promise ? checked.then(decide) : decide(checked);
  }

  /** Opens the rooms of a `hello`, each once: all of them, or none. */
  #openRooms(
    names: readonly string[],
    address: string,
    chargeTokens: ChargeTokens,
  ): Result<readonly Room[]> {
    const { rooms } = this.server.hub;
    const { maxPerMember } = rooms.limits;
    if (names.length > maxPerMember) {
      return { error: protocolError("too_many_joined", maxPerMember) };
    }
    const opened = new Set<Room>();
    for (const [index, name] of names.entries()) {
      const { size } = rooms;
      const { value: room, error } = rooms.open(name, address);
      // The first is paid for with the frame itself.
      chargeTokens((index > 0 ? 1 : 0) + (rooms.size > size ? OPENED_ROOM_TOKENS : 0));
      if (error !== undefined) {
        for (const each of opened) rooms.release(each);
        return { error };
      }
      opened.add(room);
    }
    return { value: [...opened] };
  }

  #admit(
    hello: Hello,
    address: string,
    name: string,
    isAuthenticated: boolean,
    chargeTokens: ChargeTokens,
  ): LoginResult {
    const { operators } = this.server;
    const { rooms: names = [DEFAULT_ROOM] } = hello;
    const { value: rooms, error } = this.#openRooms(names, address, chargeTokens);
    if (error !== undefined) return { refused: error, asks: "name" };
    const isOperator = isAuthenticated && operators.has(nameKey(name));
    const notResumed = hello.resume && protocolError("cannot_resume");
    return {
      welcome: {
        name,
        rooms,
        isAuthenticated,
        isOperator,
        listens: hello.listen === true,
        ...(notResumed === undefined ? undefined : { notResumed }),
      },
    };
  }
}
