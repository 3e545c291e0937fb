/** The server misbehaves. */
export class CheckFailure extends Error {
  /**
   * @param message a clause about the server or the check.
   * @param code `unfit`: the server needs another protocol than lines, such as HTTP or TLS.
   */
  constructor(message: string, readonly code?: "unfit") {
    super(message);
  }
}

/** The server lacks the checked feature. */
export class CheckSkipped extends Error {}
