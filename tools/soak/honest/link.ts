import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";

/** What an honest client receives, in every protocol. */
export interface LinkEvents {
  /** The name was taken. */
  onWelcome(): void;
  /** The room was entered. */
  onRoom(): void;
  onMessage(from: string, text: string): void;
  onWhisper(from: string, text: string): void;
  /** The server has taken a message or whisper. */
  onAcknowledged(): void;
  /** The server has refused something, or left something out: a sentence that says what. */
  onComplaint(what: string): void;
  /** The server has done what was asked for, and answers with a sentence. */
  onNotice?(text: string): void;
  onClosed(): void;
}

/** A connection of an honest client to the chat. */
export interface Link {
  /** Gives a name, and answers with {@link LinkEvents.onWelcome}. */
  hello(name: string, password?: string): void;
  join(room: string): void;
  message(text: string): void;
  whisper(to: string, text: string): void;
  register(password: string): void;
  close(): void;
}

/** A socket, or the inside of TLS, that is connected. */
export function openStream(port: number, tls: boolean): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const host = "127.0.0.1";
    const socket = tls
      ? connectTls({ host, port, rejectUnauthorized: false })
      : connectSocket({ host, port });
    socket.setNoDelay(true);
    socket.once("error", reject);
    socket.once(tls ? "secureConnect" : "connect", () => resolve(socket));
  });
}
