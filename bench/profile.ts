import type { ByteString } from "../protocol/byte_string.ts";

/** Why a server did not let a connection join. */
export interface Refusal {
  /** Short and stable, for counting. */
  readonly code: string;
  /** What the server said. */
  readonly text: string;
}

/** What the server has answered to a login: nothing decisive yet, welcome, or a refusal. */
export type LoginAnswer = undefined | "joined" | Refusal;

/**
 * How to talk to one kind of server.
 *
 * A profile need not know how deliveries are told apart from anything else: a payload is found by
 * its own mark, whatever the server writes around it.
 */
export interface Profile {
  /** What a connection sends at once, to join under a name. */
  login(name: string): ByteString;
  /**
   * Reads the server's answer.
   *
   * @param received all that has come in so far, up to a bound; it may end anywhere.
   */
  readLogin(received: ByteString): LoginAnswer;
  /** What a sender sends to say a text to everybody. */
  message(text: ByteString): ByteString;
}
