import type { ByteString } from "../../protocol/byte_string.ts";

/** Why a server did not let a connection join. */
export interface Refusal {
  /** Short and stable, for counting. */
  readonly code: string;
  /** Text of the server. */
  readonly text: string;
}

/** What a server complains about in the middle of a run. */
export interface Complaint extends Refusal {
  /** Number of messages that the server reports as not delivered to this connection. */
  readonly skipped?: number;
}

/** What the server has answered to a login: nothing decisive yet, welcome, or a refusal. */
export type LoginAnswer = undefined | "joined" | Refusal;

/** What a server wants in the middle of a run, or complains about. */
export interface Notices {
  /** What is to be sent back, such as a `PONG`; may be empty. */
  readonly answer: ByteString;
  /** What is counted as an error of the run. */
  readonly complaints: readonly Complaint[];
}

/**
 * How to talk to one kind of server.
 *
 * A profile does not recognise deliveries: a payload is found by
 * its own mark, whatever the server writes around it.
 */
export interface Profile {
  /**
   * What a connection sends at once, to join under a name.
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
  /** What a sender sends as a message to all others. The text is in its {@link wireForm}. */
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
  /** What a connection that has joined sends before it closes, where a server would else take the end
   * for a broken connection and keep its place for a while. */
  readonly goodbye?: ByteString;
  /** True where a server sends its publisher's own messages back to it. In a broadcast they
   * are passed over. */
  readonly echoes?: boolean;
}
