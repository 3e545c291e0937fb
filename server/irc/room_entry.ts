import { HistoryPages } from "../chat/handlers/history.ts";
import type { Room } from "../chat/room.ts";
import { asWord, type IrcClient } from "./irc_client.ts";
import { sendMessages } from "./playback.ts";
import { sendNames, sendTopic } from "./room_replies.ts";

/** Messages of a room that a client receives when it enters. */
const MESSAGES_ON_JOIN = 50;

interface PendingHistory {
  readonly room: Room;
  readonly pages: HistoryPages;
}

/**
 * Enters rooms: the client receives its `JOIN`, the topic, the names and the last messages.
 *
 * 1. The rooms of one JOIN are entered one after another, a slice for each: the client's next line waits.
 * 2. What follows a `JOIN` is sent before any message of the room, unless that many messages of ignored users
 *    must be skipped that reading the history takes several slices.
 */
export class RoomEntry {
  #isJoining = false;
  #pending: PendingHistory | undefined;

  constructor(private readonly client: IrcClient) {}

  /** Enters the rooms with these names of IRC. */
  join(targets: readonly string[]): void {
    const { host } = this.client;
    let next = 0;
    host.runInSlices(() => {
      if (this.#sendPending()) return true;
      const target = targets[next++];
      if (target === undefined) return false;
      if (next > 1) host.chargeTokens(1);
      this.#joinOne(target);
      return true;
    });
  }

  #joinOne(target: string): void {
    const { client } = this;
    if (!target.startsWith("#")) {
      return client.reply("403", asWord(target), "The name of a room starts with # in IRC.");
    }
    this.#isJoining = true;
    try {
      const error = client.attempt({ type: "join", room: target.slice(1) });
      if (error !== undefined && error.code !== "in_room") client.refuse(error, target);
    } finally {
      this.#isJoining = false;
    }
  }

  /** The client has entered a room, perhaps without its own request: its only room was deleted. */
  entered(room: Room): void {
    if (this.#isJoining) {
      this.#introduce(room);
      return;
    }
    let isIntroduced = false;
    this.client.host.runInSlices(() => {
      if (!isIntroduced) this.#introduce(room);
      else this.#sendPending();
      isIntroduced = true;
      return this.#pending !== undefined;
    });
  }

  /** Sends the topic, the names and the history of a room. */
  #introduce(room: Room): void {
    const { client } = this;
    const { topics, history } = client.chat.store;
    if (room.topic !== undefined) {
      sendTopic(client, { type: "topic", room: room.name, text: "", ...topics.find(room.key) });
    }
    sendNames(client, room);
    // Such a client requests what it wants.
    if (client.capabilities.has("draft/chathistory")) return;
    const request = { before: room.seq + 1, since: undefined, wanted: MESSAGES_ON_JOIN };
    this.#pending = { room, pages: new HistoryPages(client.member, room, history, request) };
    this.#sendPending();
  }

  /** Reads a page of the history, and sends it when it is complete. @returns whether another one follows. */
  #sendPending(): boolean {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined) return false;
    if (pending.pages.readNext()) {
      this.#pending = pending;
      return true;
    }
    const { messages } = pending.pages.answer();
    if (messages.length > 0) sendMessages(this.client, pending.room.name, messages);
    return false;
  }
}
