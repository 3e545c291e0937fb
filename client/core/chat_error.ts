import { type ErrorCode, type ProtocolError, protocolError } from "../../protocol/errors.ts";

/** The server refused something. The message is the sentence that it gave. */
export class ChatError extends Error {
  /** Tells it from other errors in a log. */
  override readonly name = "ChatError";
  /** Stable, for programs. A newer server may use codes that {@link ErrorCode} does not list. */
  readonly code: ErrorCode;

  /** Takes over what the server told. */
  constructor({ code, text }: ProtocolError) {
    super(text);
    this.code = code;
  }

  /** The sentence, as the protocol calls it. */
  get text(): string {
    return this.message;
  }

  /** An error that the client knows to be coming, and so need not ask the server for. */
  static of<Code extends ErrorCode>(...error: Parameters<typeof protocolError<Code>>): ChatError {
    return new ChatError(protocolError(...error));
  }
}
