import {
  type IntroductionFrame,
  MAX_NAME_ATTEMPTS,
  NAME_PROMPT,
  PASSWORD_PROMPT,
  PROTOCOL_VERSION,
  type ProtocolError,
  SERVER_PASSWORD_PROMPT,
} from "../../protocol/mod.ts";
import type { Hello, LoginQuestion } from "../chat/authenticator.ts";
import type { Rate } from "../scheduling/token_bucket.ts";

const PROMPTS: Readonly<Record<LoginQuestion, string>> = {
  "name": NAME_PROMPT,
  "password": PASSWORD_PROMPT,
  "server password": SERVER_PASSWORD_PROMPT,
};

/**
 * The dialogue before a client has joined: questions, answers and refusals.
 *
 * 1. A user is asked one question at a time, first for the password of the server, if any. A program
 *    sends all answers in one `hello`.
 * 2. A wrong answer gets an error and the same question again; the third ends the connection.
 * 3. A question is not a refusal: a protected name prompts for its password without an error.
 */
export class LoginPrompt {
  #question: LoginQuestion;
  readonly #answers: { name: string; password?: string; serverPassword?: string } = { name: "" };
  #gaveServerPassword = false;
  #refusals = 0;

  constructor(hasServerPassword: boolean) {
    this.#question = hasServerPassword ? "server password" : "name";
  }

  get question(): LoginQuestion {
    return this.#question;
  }

  /** The text of the current prompt. */
  get text(): string {
    return PROMPTS[this.#question];
  }

  get isOver(): boolean {
    return this.#refusals >= MAX_NAME_ATTEMPTS;
  }

  /** Adds a user's answer. @returns the login request; `undefined` if another question comes first. */
  answer(text: string): Hello | undefined {
    if (this.#question === "name") this.#answers.name = text;
    else if (this.#question === "password") this.#answers.password = text;
    else {
      this.#answers.serverPassword = text;
      // The password is only checked with a name.
      if (this.#answers.name === "") {
        this.#question = "name";
        return undefined;
      }
    }
    return { type: "hello", ...this.#answers };
  }

  /** Prepares for the result of a login request. */
  expectResult(hello: Hello): void {
    this.#gaveServerPassword = hello.serverPassword !== undefined;
  }

  /** Handles a refused login. @returns whether it counts as refused; false for a mere question. */
  refuse({ code }: ProtocolError, asks: LoginQuestion): boolean {
    if (asks === "server password") delete this.#answers.serverPassword;
    delete this.#answers.password;
    this.#question = asks;
    // A question for a password is not a refusal; a wrong answer to it is.
    return code !== "password_needed" &&
      !(code === "server_password_wrong" && !this.#gaveServerPassword);
  }

  countRefusal(): void {
    this.#refusals++;
  }
}

/**
 * The introduction of a server, for a program that requests it.
 *
 * @param serverName name and version.
 * @param rate absent without a limit.
 */
export function introductionOf(
  serverName: string,
  hasServerPassword: boolean,
  rate: Rate | undefined,
): IntroductionFrame {
  return {
    type: "server",
    server: serverName,
    protocol: PROTOCOL_VERSION,
    ...(hasServerPassword ? { needs: ["serverPassword"] } : undefined),
    ...(rate === undefined
      ? undefined
      : { limits: { perSecond: rate.perSecond, burst: rate.burst } }),
  };
}
