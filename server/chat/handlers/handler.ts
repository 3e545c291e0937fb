import type { Chat } from "../chat.ts";
import type {
  ClientFrameOf,
  ClientFrameType,
  MessageFrame,
  ProtocolError,
  ServerFrame,
} from "../../../protocol/mod.ts";
import type { WhisperFrame } from "../../storage/store.ts";
import type { Hello } from "../authenticator.ts";
import type { Member } from "../member.ts";

export interface HandlerSession {
  /** Absent until `hello` was accepted. */
  readonly member: Member | undefined;
  /** IP address of the client. */
  readonly ip: string;
  /** Whether the client is a user without a program: it gets copies of its whispers, since it gets no
   * acknowledgements. */
  readonly isPerson: boolean;
  send(frame: ServerFrame): void;
  /** @param ref the `id` of the refused frame. */
  sendError(error: ProtocolError, ref?: string): void;
  /** Receives a message of this client as the others receive it. */
  echo(frame: MessageFrame | WhisperFrame): void;
  /** Joins with the name, if any, and the rooms of a `hello`. */
  register(hello: Hello): void;
  /** Stops reading the client's input until the work is done; it must not reject. */
  wait(work: Promise<void>): void;
  /**
   * Stops reading the client's input until long work is done. The work runs in slices of the scheduler's
   * turns: each takes about a millisecond and returns true if another one follows. A slice only runs while
   * the client reads its answers and has tokens for them.
   */
  runInSlices(slice: () => boolean): void;
  /** Takes tokens for work beyond reading a frame and writing an answer. */
  chargeTokens(tokens: number): void;
  /** Refunds the tokens of a frame that is bounded in another way. */
  refundTokens(): void;
  /** Sends `bye` and closes. @param reason for the `left` frame. */
  quit(reason?: string): void;
}

/** The requirement of a frame: to have joined, to have a name, to be an operator. */
export type Precondition = "nothing" | "a room" | "a name" | "an operator";

/** A row of the table: precondition and action. A returned error is sent to the client. */
export interface Handler<Type extends ClientFrameType> {
  readonly needs: Precondition;
  run(
    frame: ClientFrameOf<Type>,
    member: Member,
    chat: Chat,
    session: HandlerSession,
  ): ProtocolError | undefined | void;
}

export type Handlers<Type extends ClientFrameType> = {
  readonly [Key in Type]: Handler<Key>;
};
