import {
  IRC_SERVER,
  ircLine,
  ircMask,
  ircName,
  nameKey,
  nameOfIrc,
  packWords,
} from "../../protocol/mod.ts";
import type { NameWatcher } from "../chat/name_watch.ts";
import { asWord, type IrcClient } from "./irc_client.ts";
import { MAX_MONITORED } from "./replies.ts";
import { lineSpace } from "./room_replies.ts";

/** The names that one client watches with MONITOR, up to {@link MAX_MONITORED}. */
export class Monitor {
  /** The names as the client writes them, by the keys of names. */
  readonly #names = new Map<string, string>();

  constructor(private readonly client: IrcClient) {}

  /** Starts to watch names, and reports which of them are online. */
  add(nicks: readonly string[]): void {
    const { client } = this;
    const added: string[] = [];
    for (const [index, nick] of nicks.entries()) {
      const name = nameOfIrc(nick);
      const key = nameKey(name);
      if (!this.#names.has(key)) {
        if (this.#names.size >= MAX_MONITORED) {
          const rest = nicks.slice(index).map(asWord).join(",");
          client.reply("734", `${MAX_MONITORED} ${rest}`, "The list of watched names is full.");
          break;
        }
        this.#names.set(key, nick);
        client.chat.hub.members.watch.add(name, this.#changed);
      }
      added.push(nick);
    }
    this.#report(added);
  }

  remove(nicks: Iterable<string>): void {
    for (const name of Array.from(nicks, nameOfIrc)) {
      if (this.#names.delete(nameKey(name))) {
        this.client.chat.hub.members.watch.remove(name, this.#changed);
      }
    }
  }

  clear(): void {
    this.remove([...this.#names.values()]);
  }

  list(): void {
    this.#send("732", this.#names.values());
    this.client.reply("733", "", "End of the list of watched names");
  }

  status(): void {
    this.#report([...this.#names.values()]);
  }

  #report(nicks: readonly string[]): void {
    const found = nicks.map((nick) => this.client.find(nick));
    this.#send("730", found.filter((user) => user !== undefined).map(({ name }) => ircMask(name)));
    this.#send("731", nicks.filter((_, index) => found[index] === undefined));
  }

  /** Sends names in as many replies as they need, with commas between them. */
  #send(number: string, names: Iterable<string>): void {
    const { client } = this;
    for (const packed of packWords(names, lineSpace(client, number, ""))) {
      client.reply(number, "", packed.replaceAll(" ", ","));
    }
  }

  readonly #changed: NameWatcher = (name, isOnline) => {
    const { client } = this;
    const [number, shown] = isOnline ? ["730", ircMask(name)] : ["731", ircName(name)];
    client.host.inform(ircLine(`:${IRC_SERVER} ${number} ${client.nick}`, shown));
  };
}
