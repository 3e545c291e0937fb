import {
  cleanText,
  MAX_FIELD_LENGTHS,
  MAX_NAME_LENGTH,
  type MessageFrame,
  nameKey,
  type ProtocolError,
  protocolError,
} from "../../protocol/mod.ts";
import { parseApiToken } from "../accounts/api_tokens.ts";
import { addressKey } from "../addresses/network_address.ts";
import type { Result } from "../result.ts";
import { KeyedBuckets } from "../scheduling/keyed_buckets.ts";
import { HASH_TOKENS, type Rate } from "../scheduling/token_bucket.ts";
import { HOOK_NAME, SCRIPT_NAME, shownName } from "../names/name_rules.ts";
import type { Chat } from "./chat.ts";
import { HistoryPages, type HistoryRequest } from "./handlers/history.ts";
import { textFault } from "./handlers/messages.ts";
import { Member } from "./member.ts";
import type { Room } from "./room.ts";
import { OPENED_ROOM_TOKENS } from "./rooms.ts";

export { SCRIPT_NAME };

/** The end of a webhook's name that would be the name of a user otherwise. */
const HOOK_SUFFIX = "-hook";

/** Whether a bearer token is one of an account, and not that of a session. */
export function isAccountToken(token: string): boolean {
  return parseApiToken(token) !== undefined;
}

/** What a script sends about itself with each request. */
export interface ScriptCredentials {
  /** Empty for one that only reads. */
  readonly name: string;
  readonly password: string | undefined;
  /** In place of the name and the password. */
  readonly token?: string;
  readonly serverPassword: string | undefined;
  readonly address: string;
  /** Tokens of a request without a password; default 1. */
  readonly weight?: number;
}

/**
 * The chat for scripts that send single requests: they have no session and are in no room.
 *
 * A script has the rights of a client that joins with its name. It never takes the name from a member who
 * is online: only the password of the name, or a token of its account, lets both use it. A token replaces
 * the password of the server, too, as only the administrator makes one; it never has the rights of an
 * operator.
 */
export class ScriptAccess {
  readonly #buckets: KeyedBuckets | undefined;

  /** @param rate of one address; `null` for no limit. */
  constructor(private readonly chat: Chat, rate: Rate | null) {
    this.#buckets = rate === null ? undefined : new KeyedBuckets(rate);
  }

  /** Takes the tokens of a request. @returns the error of one over the limit. */
  #take(address: string, tokens: number): ProtocolError | undefined {
    if (this.#buckets === undefined || tokens === 0) return undefined;
    const seconds = this.#buckets.takeOrWait(addressKey(address), this.chat.monotonic());
    if (seconds > 0) return protocolError("too_many_requests", seconds);
    this.#charge(address, tokens - 1);
    return undefined;
  }

  #charge(address: string, tokens: number): void {
    this.#buckets?.charge(addressKey(address), this.chat.monotonic(), tokens);
  }

  /** Checks a script. @returns a member who is in no room, and has no connection. */
  async authorize(
    { name, password, token, serverPassword, address, weight = 1 }: ScriptCredentials,
  ): Promise<Result<Member>> {
    const { accountWatch, hub, moderation, operators, passwords, store } = this.chat;
    if (token !== undefined) return this.#authorizeToken(token, address, weight);
    const limited = this.#take(address, password === undefined ? weight : HASH_TOKENS);
    if (limited !== undefined) return { error: limited };
    accountWatch.refresh();
    const refused = moderation.banError(name, address) ??
      passwords.verifyServer(serverPassword, address);
    if (refused !== undefined) return { error: refused };
    const memberOf = (name: string, isAuthenticated: boolean) => {
      const isOperator = isAuthenticated && operators.has(nameKey(name));
      return { value: new Member({ name, session: 0, address, isAuthenticated, isOperator }) };
    };
    if (name === "") return memberOf("", false);
    const account = store.accounts?.find(nameKey(name));
    if (account === undefined) {
      if (name === SCRIPT_NAME) return memberOf(name, false);
      // Other than a client that joins, a script does not end the session of a broken connection.
      const { value: free, error } = hub.members.checkFree(name);
      return error === undefined ? memberOf(free, false) : { error };
    }
    if (password === undefined) return { error: protocolError("password_needed", account.name) };
    const wrong = await passwords.verify(account, password, address);
    // Meanwhile an operator may have banned the name or the address.
    const error = wrong ?? moderation.banError(name, address);
    if (error !== undefined) return { error };
    return memberOf(hub.members.ownedName(name, account.name), true);
  }

  #authorizeToken(token: string, address: string, weight: number): Result<Member> {
    const { accountWatch, moderation, tokens } = this.chat;
    const limited = this.#take(address, weight);
    if (limited !== undefined) return { error: limited };
    accountWatch.refresh();
    const banned = moderation.banError(undefined, address);
    if (banned !== undefined) return { error: banned };
    const { value: account, error: unknown } = tokens.verify(token, address);
    if (unknown !== undefined) return { error: unknown };
    const { name } = account;
    const error = moderation.banError(name, address);
    if (error !== undefined) return { error };
    const init = { name, session: 0, address, isAuthenticated: true, isOperator: false };
    return { value: new Member(init) };
  }

  /**
   * Makes the check whether a script that was authorized may go on: neither its name nor its address is
   * banned, and the token, or the account with the same password, still exists.
   */
  checkOf({ name, token, address }: ScriptCredentials): () => ProtocolError | undefined {
    const { moderation, store: { accounts }, tokens } = this.chat;
    if (token !== undefined) {
      return () => {
        const account = tokens.accountOf(token);
        if (account === undefined) return protocolError("invalid_token");
        return moderation.banError(account.name, address);
      };
    }
    const passwordHash = () => accounts?.find(nameKey(name))?.passwordHash;
    const known = passwordHash();
    return () =>
      moderation.banError(name, address) ??
        (passwordHash() === known ? undefined : protocolError("wrong_password"));
  }

  /**
   * A member for a message of a webhook, whose token the caller has checked.
   *
   * @param username given by the sender of the message. A name of a user gets a suffix; one that cannot
   * be used is replaced by {@link HOOK_NAME}, which is reserved.
   */
  authorizeHook(username: string | undefined, address: string): Result<Member> {
    const { accountWatch, moderation } = this.chat;
    const limited = this.#take(address, 1);
    if (limited !== undefined) return { error: limited };
    accountWatch.refresh();
    const error = moderation.banError(undefined, address);
    if (error !== undefined) return { error };
    const name = this.#hookName(username ?? "", address);
    const rights = { isAuthenticated: false, isOperator: false };
    return { value: new Member({ name, session: 0, address, ...rights, isWebhook: true }) };
  }

  #hookName(username: string, address: string): string {
    const { hub, moderation, store } = this.chat;
    const start = username.slice(0, MAX_FIELD_LENGTHS.name).trim().replace(/^[/[*#@]+/, "");
    const all = [...start.replace(/[,:]/g, "").trim().replace(/\s+/g, "-")];
    const name = all.slice(0, MAX_NAME_LENGTH).join("");
    const suffixed = all.slice(0, MAX_NAME_LENGTH - HOOK_SUFFIX.length).join("") + HOOK_SUFFIX;
    const free = [name, suffixed].find((each) =>
      name !== "" && hub.members.checkFree(each).error === undefined &&
      store.accounts?.find(nameKey(each)) === undefined &&
      moderation.banError(each, address) === undefined
    );
    return free ?? HOOK_NAME;
  }

  /** Sends a message to a room, which is created if it does not exist. */
  post(
    member: Member,
    { room: name, text, action }: { room: string; text: string; action: boolean },
  ): Result<MessageFrame> {
    const { hub, moderation, store } = this.chat;
    if (member.name === "") return { error: protocolError("nameless") };
    const cleaned = cleanText(text);
    const fault = textFault(cleaned) ?? moderation.silence(member);
    if (fault !== undefined) return { error: fault };
    const { value: room, error } = this.#openRoom(member, name);
    if (error !== undefined) return { error };
    const message = hub.sendMessage(
      member,
      room,
      cleaned,
      action ? { action } : undefined,
      undefined,
    );
    room.isKept = true;
    hub.rooms.release(room);
    // The answer does not wait for the end of the turn.
    store.commit();
    return { value: message };
  }

  /** Reads messages of a room, in slices of the scheduler's turns. */
  async read(
    member: Member,
    name: string,
    request: HistoryRequest,
  ): Promise<Result<{ room: string; messages: MessageFrame[]; more: boolean }>> {
    const { value: room, error } = this.findRoom(name);
    if (error !== undefined) return { error };
    const pages = new HistoryPages(member, room, this.chat.store.history, request);
    return await new Promise((resolve, reject) => {
      const slice = () => {
        try {
          if (pages.readNext()) return true;
          resolve({ value: { room: room.name, ...pages.answer() } });
        } catch (error) {
          reject(error);
        }
        return false;
      };
      this.chat.scheduler.addSlice({ slice });
    });
  }

  /** Tokens to follow a room: none if it is in use, so that the clients of one address come back at once
   * after a restart. A browser does not connect again if it is refused. */
  weightOfStream(name: string): number {
    return this.chat.hub.rooms.find(name) === undefined ? 1 : 0;
  }

  /** Opens a room that exists. The caller adds a member to it, or releases it. */
  open(member: Member, name: string): Result<Room> {
    const { error } = this.findRoom(name);
    return error === undefined ? this.#openRoom(member, name) : { error };
  }

  #openRoom({ address }: Member, name: string): Result<Room> {
    const { rooms } = this.chat.hub;
    const { size } = rooms;
    const opened = rooms.open(name, address);
    if (rooms.size > size) this.#charge(address, OPENED_ROOM_TOKENS);
    return opened;
  }

  /** A room that exists: in use, or only stored. */
  findRoom(name: string): Result<Pick<Room, "key" | "name">> {
    const { hub, store } = this.chat;
    const key = nameKey(name);
    const room = hub.rooms.find(name);
    if (room !== undefined) return { value: room };
    if (store.rooms?.has(key) === true) return { value: { key, name: shownName(name) } };
    return { error: protocolError("no_such_room", shownName(name)) };
  }
}
