import type { Duplex } from "node:stream";
import { type Link, type LinkEvents, openStream } from "./link.ts";

/** Text lines, as a person with `nc` types and reads them. */
export class TextLink implements Link {
  #rest = "";

  private constructor(
    private readonly stream: Duplex,
    private readonly events: LinkEvents,
  ) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => this.#push(chunk));
    stream.on("error", () => {}); // "close" follows
    stream.on("close", () => events.onClosed());
  }

  /** Connects. */
  static async open(port: number, tls: boolean, events: LinkEvents): Promise<TextLink> {
    return new TextLink(await openStream(port, tls), events);
  }

  hello(name: string): void {
    this.#send(name);
  }

  join(room: string): void {
    this.#send(`/join ${room}`);
  }

  message(text: string): void {
    this.#send(text);
  }

  whisper(to: string, text: string): void {
    this.#send(`/whisper ${to} ${text}`);
  }

  register(password: string): void {
    this.#send(`/register ${password}`);
  }

  close(): void {
    this.stream.destroy();
  }

  #send(line: string): void {
    this.stream.write(line + "\n");
  }

  #push(chunk: string): void {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) {
      this.#read(line.replace(/^(?:Enter your username: )?\[[\d:]+\] /, ""));
    }
  }

  #read(line: string): void {
    const { events } = this;
    const [, direction, other, secret] = /^\[WHISPER (to|from) (\S+)\]: (.*)$/.exec(line) ?? [];
    if (direction === "to") return events.onAcknowledged();
    if (direction === "from") return events.onWhisper(other!, secret!);
    const [, level, notice] = /^\[(SYSTEM|ERROR)\]: (.*)$/.exec(line) ?? [];
    if (level === "ERROR") return events.onComplaint(notice!);
    if (level === "SYSTEM" && notice!.startsWith("Welcome, ")) return events.onWelcome();
    if (level === "SYSTEM" && notice!.startsWith("You are now in ")) return events.onRoom();
    if (/^\*\*\* \d+ messages? skipped\./.test(line)) return events.onComplaint("skipped");
    const [, from, text] = /^([^\s:*[][^\s:]*): (.*)$/.exec(line) ?? [];
    if (from !== undefined) events.onMessage(from, text!);
  }
}
