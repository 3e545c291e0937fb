import type { ByteString } from "../../protocol/byte_string.ts";
import { counted } from "../format.ts";

/** Why a server did not let a connection join. */
export interface Refusal {
  /** Short and stable, for counting. */
  readonly code: string;
  /** Text of the server. */
  readonly text: string;
}

/** A complaint of a server during a run. */
export interface Complaint extends Refusal {
  /** Number of messages that the server reports as not delivered to this connection. */
  readonly skipped?: number;
}

/** The complaint of a server that has skipped messages for a connection. */
export function skippedComplaint(count: number): Complaint {
  const text = `${counted(count, "message")} to a slow receiver skipped`;
  return { code: "skipped", text, skipped: count };
}

/** The answer of a server to a login: nothing decisive yet, welcome, or a refusal. */
export type LoginAnswer = undefined | "joined" | Refusal;

/** A notice of a server during a run. */
export interface Notices {
  /** Text to send back, such as a `PONG`; may be empty. */
  readonly answer: ByteString;
  /** Complaints, which count as errors of the run. */
  readonly complaints: readonly Complaint[];
}

/**
 * The protocol of one kind of server.
 *
 * A profile does not recognise deliveries: a payload is found by its own mark, whatever the server
 * writes around it.
 */
export interface Profile {
  /**
   * Text that a connection sends at once to join under a name.
   *
   * @param name `bench-RUN-...`, where RUN is the same for all of a run's connections, and different
   *   from that of other runs.
   */
  login(name: string): ByteString;
  /**
   * Reads the server's answer.
   *
   * @param received all that has come in so far, up to a bound; it may end anywhere.
   */
  readLogin(received: ByteString): LoginAnswer;
  /** The encoded form of a character in a message. Default: the character itself. */
  readonly wireForm?: (character: ByteString) => ByteString;
  /** True where a text may have any bytes but those that end a line. Else it is UTF-8. */
  readonly takesBytes?: boolean;
  /** The line or frame of a message to all others. The text is in its {@link wireForm}. */
  message(text: ByteString): ByteString;
  /**
   * Reads what is no delivery: whatever must be answered, or counted as an error. It is asked before
   * the login is decided, and then about what stands between deliveries and looks unusual.
   *
   * @param received whole lines, or the start of one at the end; what is not whole is left alone.
   * @returns nothing when there is nothing of the kind.
   */
  readNotices?(received: ByteString, name: string): Notices | undefined;
  /** True where a server may well repeat a login. With the others it does not speak the profile. */
  readonly mayRepeatLogin?: boolean;
  /** Milliseconds to wait after all connections have joined, for a server that does not confirm a login:
   * a connection receives no messages before the server has accepted it. Default: 0. */
  readonly settleMilliseconds?: number;
  /** Text that a joined connection sends before it closes, where a server would else take the end
   * for a broken connection and keep its place for a while. */
  readonly goodbye?: ByteString;
  /** True where a server sends its publisher's own messages back to it. In a broadcast they
   * are passed over. */
  readonly echoes?: boolean;
}
