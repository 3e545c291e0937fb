import type { ErrorCode, ProtocolError } from "../../protocol/errors.ts";
import { type REQUEST_ERRORS, requestError } from "../../protocol/request_errors.ts";

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
  static of<Code extends keyof typeof REQUEST_ERRORS>(
    ...error: Parameters<typeof requestError<Code>>
  ): ChatError {
    return new ChatError(requestError(...error));
  }
}
