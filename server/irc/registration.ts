import {
  type ByteString,
  fromByteString,
  IRC_SERVER,
  ircLine,
  isBase64,
  nameKey,
  type ProtocolError,
} from "../../protocol/mod.ts";
import type { Hello, LoginResult } from "../chat/authenticator.ts";
import { HASH_TOKENS } from "../scheduling/token_bucket.ts";
import { capabilitiesOf, capabilityList } from "./capabilities.ts";
import { asWord, type IrcClient } from "./irc_client.ts";
import { sendLoggedIn, sendOperatorMode } from "./own_rights.ts";

/** Characters of a full AUTHENTICATE, after which another one follows (IRCv3 SASL 3.1). */
const SASL_CHUNK = 400;

/** Maximum length of a SASL answer in base64: a name and a password of maximum length fit. */
const MAX_SASL_LENGTH = 2000;

type Accepted = Exclude<LoginResult, { readonly welcome?: undefined }>;

/**
 * The registration of a client: CAP, PASS, NICK, USER and AUTHENTICATE in any order.
 *
 * 1. The client joins the chat once it has sent NICK and USER and does not negotiate capabilities.
 * 2. A name that cannot be taken is refused at NICK, but on a server with a password only when the client
 *    joins, as is one that another client takes meanwhile: users and accounts are not shown without the password.
 * 3. SASL is the whole login: its password is checked once, and its account is the name of the client.
 * 4. PASS is the password of the server, or on a server without one that of the name.
 */
export class IrcRegistration {
  #isNegotiating = false;
  #hasUser = false;
  #password: string | undefined;
  /** The login by SASL, until the client joins. */
  #login: Accepted | undefined;
  /** The answer of SASL so far; `undefined` while none is expected. */
  #answer: string | undefined;
  /** Whether the client knows that it has logged in. */
  #isReported = false;
  /** Whether `cap-notify` is on for good, since the client knows version 302. */
  #hasVersion302 = false;

  constructor(private readonly client: IrcClient) {}

  /** Takes a name, if it is free. */
  nick(nick: string): void {
    const { client } = this;
    if (nick === "") return client.reply("431", "", "The name is missing.");
    const { authenticator, hub, store, accountWatch } = client.chat;
    accountWatch.refresh();
    if (!authenticator.hasServerPassword && store.accounts?.find(nameKey(nick)) === undefined) {
      const { error } = hub.members.checkTakeable(nick);
      if (error !== undefined) return client.refuse(error, nick);
    }
    client.wantedNick = nick;
    this.#continue();
  }

  user(): void {
    this.#hasUser = true;
    this.#continue();
  }

  pass(password: string): void {
    this.#password = password;
  }

  /** Negotiates capabilities. */
  cap(subcommand: string, argument: string): void {
    const { client } = this;
    const { chat: { store }, isRegistered } = client;
    const offered = capabilitiesOf(store.accounts !== undefined);
    const isNegotiation = ["LS", "REQ"].includes(subcommand);
    if (isNegotiation && !isRegistered) this.#isNegotiating = true;
    switch (subcommand) {
      case "LS":
        if (Number(argument) >= 302) {
          this.#hasVersion302 = true;
          client.changeCapabilities(new Map([["cap-notify", true]]));
        }
        return this.#sendCap("LS", capabilityList(offered, Number(argument) >= 302));
      case "LIST":
        return this.#sendCap("LIST", [...client.capabilities].join(" "));
      case "REQ": {
        const words = argument.split(" ").filter((word) => word !== "");
        const changes = new Map(
          words.map((word) => word.startsWith("-") ? [word.slice(1), false] : [word, true]),
        );
        const isAccepted = [...changes.keys()].every((name) => offered.has(name)) &&
          !(this.#hasVersion302 && changes.get("cap-notify") === false);
        if (isAccepted) client.changeCapabilities(changes);
        return this.#sendCap(isAccepted ? "ACK" : "NAK", argument);
      }
      case "END":
        this.#isNegotiating = false;
        return isRegistered ? undefined : this.#continue();
    }
    client.reply("410", asWord(subcommand), "Unknown subcommand of CAP");
  }

  #sendCap(subcommand: string, text: string): void {
    this.client.write(ircLine(`:${IRC_SERVER} CAP ${this.client.nick} ${subcommand}`, text));
  }

  /** A step of SASL: the mechanism, a part of the answer, or `*` for its end. */
  authenticate(text: string): void {
    const { client } = this;
    if (!client.capabilities.has("sasl")) return this.#saslFailed("Request the capability first.");
    if (this.#login !== undefined || client.host.member?.isAuthenticated === true) {
      return client.reply("907", "", "You are logged in already.");
    }
    if (text === "*") return this.#abortSasl();
    if (this.#answer === undefined) {
      if (text.toUpperCase() !== "PLAIN") {
        client.reply("908", "PLAIN", "are available mechanisms");
        return this.#saslFailed("This server supports PLAIN only.");
      }
      this.#answer = "";
      return client.write(ircLine("AUTHENTICATE +"));
    }
    const answer = this.#answer + (text === "+" ? "" : text);
    if (text.length > SASL_CHUNK || answer.length > MAX_SASL_LENGTH) {
      this.#answer = undefined;
      return client.reply("905", "", "The answer of SASL is too long.");
    }
    this.#answer = text.length === SASL_CHUNK ? answer : undefined;
    if (this.#answer === undefined) this.#logIn(answer);
  }

  #abortSasl(): void {
    this.#answer = undefined;
    this.client.reply("906", "", "The login was aborted.");
  }

  #logIn(answer: string): void {
    const { client } = this;
    const credentials = credentialsOf(answer);
    if (credentials === undefined) return this.#saslFailed("The answer of SASL is invalid.");
    const { name, password } = credentials;
    const { host, chat: { store: { accounts }, accountWatch, passwords } } = client;
    accountWatch.refresh();
    const account = accounts?.find(nameKey(name));
    if (account === undefined) {
      const refused = client.isRegistered
        ? undefined
        : passwords.verifyServer(this.#hello(name).serverPassword, host.ip);
      if (refused !== undefined) return this.#decided({ refused, asks: "server password" });
      return this.#saslFailed("There is no such account.");
    }
    if (client.isRegistered) return this.#logInLater(account.name, password);
    const outcome = host.checkLogin({ ...this.#hello(account.name), password });
    if (!(outcome instanceof Promise)) return this.#decided(outcome);
    host.chargeTokens(HASH_TOKENS);
    host.wait(outcome.then((result) => {
      if (host.isEnded) host.undoLogin(result);
      else this.#decided(result);
    }));
  }

  /** Logs in a client that has registered, which takes the name of the account. */
  #logInLater(name: string, password: string): void {
    const { client } = this;
    client.afterWork(() => {
      const { member } = client;
      // Its change of the account was reported.
      if (member.isAuthenticated && member.key === nameKey(name)) this.#saslSucceeded();
    });
    const error = client.attempt({ type: "nick", name, password });
    if (error !== undefined) this.#saslFailed(error.text);
  }

  #decided(result: LoginResult): void {
    if (result.refused === undefined) {
      this.#login = result;
      this.#isReported = true;
      sendLoggedIn(this.client, nameOf(result));
      return this.#saslSucceeded();
    }
    this.#saslFailed(result.refused.text);
    if (result.asks === "nothing") this.client.host.close(result.refused);
    else this.client.host.countRefusal();
  }

  #saslSucceeded(): void {
    this.client.reply("903", "", "The login has succeeded.");
  }

  #saslFailed(why: string): void {
    this.client.reply("904", "", why);
  }

  #hello(name: string): Hello {
    const hello = { type: "hello" as const, name, rooms: [] };
    if (this.#password === undefined) return hello;
    const { hasServerPassword } = this.client.chat.authenticator;
    return hasServerPassword
      ? { ...hello, serverPassword: this.#password }
      : { ...hello, password: this.#password };
  }

  /** Joins the chat if nothing is missing. */
  #continue(): void {
    const { client } = this;
    const { wantedNick, host } = client;
    if (wantedNick === undefined || !this.#hasUser || this.#isNegotiating) return;
    if (this.#answer !== undefined) this.#abortSasl();
    const login = this.#login;
    this.#login = undefined;
    if (login === undefined) return host.register(this.#hello(wantedNick));
    // Meanwhile an operator may have banned the name or the address.
    const banned = client.chat.moderation.banError(nameOf(login), host.ip);
    if (banned === undefined) return host.finishLogin(login);
    host.undoLogin(login);
    host.close(banned);
  }

  /** The client has joined the chat. */
  welcomed(): void {
    const { client } = this;
    const { name, isAuthenticated, isOperator } = client.member;
    if (isAuthenticated && !this.#isReported) sendLoggedIn(client, name);
    if (isOperator) sendOperatorMode(client);
  }

  /** Replies to a refused login: the client may send another name. */
  refused(error: ProtocolError): void {
    const { client } = this;
    const nick = client.wantedNick ?? "*";
    client.wantedNick = undefined;
    client.refuse(error, nick);
    if (error.code === "server_password_wrong") client.host.close(error);
  }

  /** Undoes a login that is not completed: the session has ended. */
  ended(): void {
    if (this.#login !== undefined) this.client.host.undoLogin(this.#login);
    this.#login = undefined;
  }
}

function nameOf({ welcome }: Accepted): string {
  return welcome.resumed === undefined ? welcome.name : welcome.resumed.name;
}

/** The name and the password of an answer of SASL PLAIN (RFC 4616); `undefined` for an invalid one. */
function credentialsOf(
  base64: string,
): { readonly name: string; readonly password: string } | undefined {
  if (!isBase64(base64)) return undefined;
  const text = fromByteString(atob(base64) as ByteString);
  const [authorized, name, password, ...others] = text?.split("\0") ?? [];
  if (name === undefined || password === undefined || others.length > 0) return undefined;
  return authorized === "" || authorized === name ? { name, password } : undefined;
}
