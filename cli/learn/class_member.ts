import { Buffer } from "node:buffer";
import { request } from "node:http";
import type { Position } from "../../client/learn/position.ts";
import { cleanLine, hostPort, shorten } from "../../protocol/text.ts";
import type { Endpoint } from "../../client/core/transport.ts";

/** Interval of reports without news, in milliseconds: a silent learner is shown as away after 30 s. */
const REPORT_INTERVAL = 10_000;

/** Maximum time of a request, and of the one with which a learner leaves, in milliseconds. */
const TIMEOUT = 5000;
const LEAVE_TIMEOUT = 1000;

/** Maximum size of an answer, in bytes. */
const MAX_ANSWER_BYTES = 4096;

/** A class cannot be reached, or has refused the learner; the message is a sentence. */
export class ClassError extends Error {
  override readonly name = "ClassError";

  /** @param isRefusal whether the class has answered. */
  constructor(message: string, readonly isRefusal: boolean, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * A learner in a class.
 *
 * 1. The lessons never wait for the class: reports are sent beside them, the newest only.
 * 2. A class that is gone is reported once, and tried again every ten seconds.
 * 3. A class that has been started again gets the learner again.
 */
export class ClassMember {
  #position: Position | undefined;
  #isSending = false;
  #isNew = false;
  #isLost = false;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(
    private readonly target: Endpoint,
    private readonly name: string,
    private token: string,
    private readonly warn: (text: string) => void,
  ) {
    this.#timer = setInterval(() => void this.#send(), REPORT_INTERVAL);
  }

  /**
   * Joins a class.
   *
   * @param warn receives sentences while the lessons run.
   * @throws {ClassError} if there is no class, or it refuses the name.
   */
  static async join(
    target: Endpoint,
    name: string,
    warn: (text: string) => void,
  ): Promise<ClassMember> {
    return new ClassMember(target, name, await join(target, name), warn);
  }

  /** Reports where the learner is. */
  report(position: Position): void {
    this.#position = position;
    void this.#send();
  }

  /** Leaves the class. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#isLost) return;
    const left = post(this.target, "/leave", { token: this.token }, LEAVE_TIMEOUT);
    await left.catch(() => {}); // the class notices the silence
  }

  async #send(): Promise<void> {
    this.#isNew = true;
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#isNew) {
      this.#isNew = false;
      await this.#sendOnce();
    }
    this.#isSending = false;
  }

  async #sendOnce(): Promise<void> {
    try {
      const { status } = await this.#report();
      if (status === 404) {
        this.token = await join(this.target, this.name);
        await this.#report();
      }
      if (this.#isLost) this.warn("The class can be reached again.");
      this.#isLost = false;
    } catch (error) {
      if (!this.#isLost) {
        this.warn(`${(error as Error).message} The lessons continue; it is tried again.`);
      }
      this.#isLost = true;
    }
  }

  #report() {
    return post(this.target, "/report", { token: this.token, position: this.#position });
  }
}

async function join(target: Endpoint, name: string): Promise<string> {
  const { status, body } = await post(target, "/join", { name });
  const { token, error } = answerObject(body);
  if (status === 200 && typeof token === "string") return token;
  if (typeof error !== "string") throw noClass(target);
  throw new ClassError(`Cannot join the class: ${shorten(cleanLine(error), 200)}`, true);
}

function noClass(target: Endpoint): ClassError {
  return new ClassError(
    `No class runs at ${hostPort(target)}: another server answers there.`,
    true,
  );
}

function answerObject(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}

function post(
  target: Endpoint,
  path: string,
  content: object,
  timeout = TIMEOUT,
): Promise<{ readonly status: number; readonly body: string }> {
  const body = Buffer.from(JSON.stringify(content));
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown) =>
      reject(
        new ClassError(`Cannot reach the class at ${hostPort(target)}: ${reason}.`, false, {
          cause,
        }),
      );
    const headers = { "Content-Type": "application/json", "Content-Length": body.length };
    const call = request(
      { ...target, path, method: "POST", agent: false, headers },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          text += chunk;
          if (text.length > MAX_ANSWER_BYTES) {
            reject(noClass(target));
            call.destroy();
          }
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
        answer.on("error", (error) => fail(reasonOf(error), error));
      },
    );
    const timer = setTimeout(() => {
      fail("it does not answer");
      call.destroy();
    }, timeout);
    call.on("close", () => {
      clearTimeout(timer);
      // Nothing else happens after an answer that switches to another protocol.
      fail("it has closed the connection");
    });
    call.on("error", (error) => {
      if (isNoHttp(error)) reject(noClass(target));
      else fail(reasonOf(error), error);
    });
    call.end(body);
  });
}

/** Whether a server has sent something else than HTTP. */
function isNoHttp(error: Error): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code?.startsWith("HPE_") === true || message.startsWith("Parse Error");
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused; is hubbub learn --class running there",
  ENOTFOUND: "the host is unknown",
  EAI_AGAIN: "the host is unknown",
  ECONNRESET: "it has closed the connection",
  EHOSTUNREACH: "no route leads to the host",
  ENETUNREACH: "no route leads to the network",
};

function reasonOf(error: Error): string {
  const { code } = error as { code?: string };
  return REASONS[code ?? ""] ?? error.message.replace(/\.$/, "");
}
