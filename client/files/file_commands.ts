/**
 * Files on a terminal: commands and progress.
 *
 * @module
 */

import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import {
  nameKey,
  type OfferedFrame,
  type ServerFrame,
  sizeText,
  typedName,
} from "../../protocol/mod.ts";
import { ChatError } from "../core/chat_error.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import type { FileChat, FileProgress } from "./file_chat.ts";
import { FileError } from "./file_error.ts";
import { postFile } from "./post_file.ts";
import { receiveFile } from "./receive_file.ts";
import { sendFile } from "./send_file.ts";
import { typedPath } from "./typed_path.ts";

/** Minimum time between two progress lines of a transfer. */
const LINE_MILLISECONDS = 5000;

/** The commands for files, for completion and `/help`. */
export const FILE_COMMANDS = [
  {
    name: "/send",
    usage: "/send NAME|ROOM PATH",
    summary: "offers a file to a user, or sends it to a room",
  },
  {
    name: "/accept",
    usage: "/accept [PATH]",
    summary: "saves the first offered file, here or as PATH",
  },
  { name: "/refuse", usage: "/refuse", summary: "declines the first offered file" },
  { name: "/cancel", usage: "/cancel", summary: "stops all files that you send or receive" },
] as const;

/** Output of {@link FileCommands}. */
export interface FileCommandsOutput {
  notify(text: string): void;
  refuse(text: string): void;
  /** The time of day in Unix milliseconds. */
  now(): number;
}

interface Offer {
  readonly frame: OfferedFrame;
  /** Whether the user has accepted it, and the transfer has not begun or not ended. */
  isAccepted: boolean;
}

/**
 * The offers and transfers of a user.
 *
 * 1. An offer waits until it is answered; the oldest is answered first, so that one that has just
 *    arrived is not mistaken for the one that was meant.
 * 2. Offers end with the connection: the server may give their numbers to other files.
 * 3. An accepted offer that cannot be saved waits again, for another path.
 * 4. A transfer has a line at its start and its end, and between them one every
 *    {@link LINE_MILLISECONDS} at most.
 */
export class FileCommands {
  /** Valid offers, oldest first. */
  #offers: Offer[] = [];
  readonly #underWay = new Map<Promise<void>, AbortController>();
  readonly #printed = new WeakSet<FileError>();
  #isClosed = false;

  constructor(private readonly chat: FileChat, private readonly output: FileCommandsOutput) {}

  /** Runs a command for files. @returns false for any other line. */
  take(line: string): boolean {
    const [, command = "", rest = ""] = /^(\/\S+)\s*(.*?)\s*$/s.exec(line) ?? [];
    switch (command.toLowerCase()) {
      case "/send":
        this.#send(rest);
        return true;
      case "/accept":
        this.#accept(rest);
        return true;
      case "/refuse":
        this.#refuse();
        return true;
      case "/cancel":
        this.#cancel();
        return true;
      default:
        return false;
    }
  }

  /** Handles a frame about offers. @returns false for any other frame. */
  show(frame: ServerFrame): boolean {
    switch (frame.type) {
      case "offered":
        this.#offers.push({ frame, isAccepted: false });
        this.output.notify(offerText(frame, this.#waiting.length));
        return true;
      case "withdrawn":
        this.#endOffers(({ file }) => file === frame.file);
        return true;
      case "accepted":
      case "refused":
        return true; // `sendFile` reports it
      default:
        return false;
    }
  }

  /** Ends all offers after the connection was lost. */
  disconnected(): void {
    this.#endOffers(() => true);
  }

  /** Stops all transfers and notices, and waits until incomplete files are removed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#underWay.values()) stop.abort();
    await Promise.all(this.#underWay.keys());
  }

  /** The offers without an answer. */
  get #waiting(): Offer[] {
    return this.#offers.filter(({ isAccepted }) => !isAccepted);
  }

  /** Ends offers, with a notice for each that waits for an answer. */
  #endOffers(isEnded: (frame: OfferedFrame) => boolean): void {
    const ended = this.#waiting.filter(({ frame }) => isEnded(frame));
    this.#offers = this.#offers.filter(({ frame }) => !isEnded(frame));
    for (const { frame: { name, from } } of ended) {
      this.output.notify(`${name} from ${from} is not offered any more.`);
    }
  }

  #send(parameters: string): void {
    const [, word, path] = /^(\S+)\s+(.+)$/s.exec(parameters) ?? [];
    if (word === undefined || path === undefined) return this.#missing("/send NAME|ROOM PATH");
    const to = typedName(word);
    const file = basename(typedPath(path));
    const lines = new Map<string, ProgressLines>();
    this.#run(async (signal) => {
      if (await this.#post(to, path, signal)) return;
      await sendFile(this.chat, to, typedPath(path), {
        signal,
        onOffered: ({ name, size }) =>
          this.#notify(`You offer ${name} (${sizeText(size)}) to ${to}. /cancel takes it back.`),
        onProgress: (progress) => {
          let line = lines.get(progress.name);
          if (line === undefined) {
            const what = `${file} to ${progress.name}`;
            lines.set(progress.name, line = this.#progressLines(what));
            this.#notify(`${progress.name} has accepted: sending ${what}.`);
          }
          line.show(progress);
        },
        onSettled: (name, error) => {
          if (error === undefined) this.#notify(`${name} has received and verified ${file}.`);
          else if (error instanceof FileError) this.#refused(error);
        },
      });
      if (signal.aborted) this.#notify(`${file} is not offered any more.`);
    });
  }

  /** Posts a file in a room of a server that keeps files. @returns whether there is one. */
  async #post(to: string, path: string, signal: AbortSignal): Promise<boolean> {
    const { fileStore, joinedRooms = [] } = this.chat;
    const key = nameKey(to.replace(/^#/, ""));
    const room = joinedRooms.find((each) => nameKey(each) === key);
    if (fileStore === undefined || room === undefined) return false;
    const lines = this.#progressLines(`${basename(typedPath(path))} to ${room}`);
    try {
      const onProgress = (progress: { bytes: number; size: number }) =>
        lines.show({ name: room, ...progress });
      await postFile(fileStore, room, typedPath(path), { signal, onProgress });
      return true;
    } catch (error) {
      // Since the last `welcome` the server has stopped to keep files.
      if (error instanceof ChatError && error.code === "no_stored_files") return false;
      // The chat goes on over its own connection, and shows neither.
      if (error instanceof ChatError || error instanceof ConnectionError) {
        throw new FileError("cancelled", error.message, { cause: error });
      }
      throw error;
    }
  }

  #accept(typed: string): void {
    const [offer] = this.#waiting;
    if (offer === undefined) return this.output.refuse("No file is offered to you.");
    offer.isAccepted = true;
    this.#run((signal) =>
      this.#receive(offer, typed, signal).then(() => this.#remove(offer), (error) => {
        // Nothing was sent to the server yet: the user can give another path.
        if (isUnwritable(error)) offer.isAccepted = false;
        else this.#remove(offer);
        throw error;
      })
    );
  }

  async #receive(offer: Offer, typed: string, signal: AbortSignal): Promise<void> {
    const { name, from, size } = offer.frame;
    const target = await targetOf(typed);
    if (signal.aborted) throw new FileError("aborted", `You have stopped receiving ${name}.`);
    if (!this.#offers.includes(offer)) {
      throw new FileError("withdrawn", `${name} is not offered any more.`);
    }
    const lines = this.#progressLines(`${name} from ${from}`);
    const { path } = await receiveFile(this.chat, offer.frame, target.directory, {
      signal,
      ...(target.name === undefined ? undefined : { name: target.name }),
      onProgress: (progress) => {
        // A later fault of the disk ends the transfer, and the offer with it.
        this.#remove(offer);
        if (progress.bytes === 0) {
          this.#notify(`Receiving ${name} (${sizeText(size)}) from ${from}.`);
        }
        lines.show(progress);
      },
    });
    this.#notify(`${name} from ${from} is saved and checked: ${path}`);
  }

  #remove(offer: Offer): void {
    this.#offers = this.#offers.filter((each) => each !== offer);
  }

  #refuse(): void {
    const [offer] = this.#waiting;
    if (offer === undefined) return this.output.refuse("No file is offered to you.");
    this.#remove(offer);
    const { file, name, from } = offer.frame;
    this.chat.post({ type: "refuse", file });
    this.#notify(`You refused ${name} from ${from}.`);
  }

  #cancel(): void {
    if (this.#underWay.size === 0) return this.output.refuse("No file is being sent or received.");
    for (const stop of this.#underWay.values()) stop.abort();
  }

  /** Runs a transfer. The chat itself shows refusals and the end of the connection. */
  #run(work: (signal: AbortSignal) => Promise<void>): void {
    const stop = new AbortController();
    const done = work(stop.signal).catch((error) => {
      const isShown = error instanceof ChatError || error instanceof ConnectionError;
      if (error instanceof FileError) this.#refused(error);
      else if (!isShown && !stop.signal.aborted) this.output.refuse(String(error));
    }).finally(() => void this.#underWay.delete(done));
    this.#underWay.set(done, stop);
  }

  #progressLines(what: string): ProgressLines {
    return new ProgressLines(what, (text) => this.#notify(text), this.output.now);
  }

  #missing(usage: string): void {
    this.output.refuse(`Missing argument. Usage: ${usage}`);
  }

  #notify(text: string): void {
    if (!this.#isClosed) this.output.notify(text);
  }

  /** Prints an error once: that of the only receiver is also that of the whole. A transfer that the
   * user has stopped is no error. */
  #refused(error: FileError): void {
    if (this.#isClosed || this.#printed.has(error)) return;
    this.#printed.add(error);
    if (error.code === "aborted" || error.code === "refused") this.output.notify(error.message);
    else this.output.refuse(error.message);
  }
}

/** Prints the progress of a transfer, with a minimum time between two lines. */
class ProgressLines {
  #printedAt: number;

  constructor(
    private readonly what: string,
    private readonly print: (text: string) => void,
    private readonly now: () => number,
  ) {
    this.#printedAt = now();
  }

  show({ bytes, size }: FileProgress): void {
    const now = this.now();
    if (bytes === size || now - this.#printedAt < LINE_MILLISECONDS) return;
    this.#printedAt = now;
    this.print(`${this.what}: ${Math.floor(100 * bytes / size)} % of ${sizeText(size)}.`);
  }
}

function offerText({ from, to, room, name, size }: OfferedFrame, waiting: number): string {
  const whom = room === true ? `all users in ${to}` : "you";
  const answer = waiting === 1
    ? "/accept saves it in the current folder, /accept PATH elsewhere; /refuse declines it."
    : `${waiting} files wait; /accept and /refuse are for the first.`;
  return `${from} offers ${whom} ${name} (${sizeText(size)}). ${answer}`;
}

function isUnwritable(error: unknown): boolean {
  return error instanceof FileError && (error.code === "unwritable" || error.code === "disk_full");
}

/** The typed target of a file: a folder, or a folder and a name. */
async function targetOf(typed: string): Promise<{ directory: string; name?: string }> {
  if (typed === "") return { directory: resolve(".") };
  const path = resolve(typedPath(typed));
  const isFolder = /[/\\]$/.test(typed) ||
    await stat(path).then((found) => found.isDirectory(), () => false);
  return isFolder ? { directory: path } : { directory: dirname(path), name: basename(path) };
}
