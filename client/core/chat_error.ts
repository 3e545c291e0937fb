import { type ErrorCode, type ProtocolError, protocolError } from "../../protocol/errors.ts";

/** A refusal of the server. The message is the sentence of the server. */
export class ChatError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "ChatError";
  /** Stable, for programs. A newer server may use codes that {@link ErrorCode} does not list. */
  readonly code: ErrorCode;

  /** Wraps the error of the server. */
  constructor({ code, text }: ProtocolError) {
    super(text);
    this.code = code;
  }

  /** The message, under the name of the protocol's field. */
  get text(): string {
    return this.message;
  }

  /** An error that the client detects before it sends the request. */
  static of<Code extends ErrorCode>(...error: Parameters<typeof protocolError<Code>>): ChatError {
    return new ChatError(protocolError(...error));
  }
}
