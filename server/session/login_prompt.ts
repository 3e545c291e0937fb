import {
  type IntroductionFrame,
  MAX_NAME_ATTEMPTS,
  NAME_PROMPT,
  PASSWORD_PROMPT,
  PROTOCOL_VERSION,
  type ProtocolError,
  SERVER_PASSWORD_PROMPT,
} from "../../protocol/mod.ts";
import type { Authenticator, Hello, LoginQuestion } from "../chat/authenticator.ts";
import type { Rate } from "../scheduling/token_bucket.ts";

const PROMPTS: Readonly<Record<LoginQuestion, string>> = {
  "name": NAME_PROMPT,
  "password": PASSWORD_PROMPT,
  "server password": SERVER_PASSWORD_PROMPT,
};

/**
 * The dialogue before a client has joined: questions, answers and refusals.
 *
 * 1. A person is asked for one thing after the other; for the server's password first, where it has one.
 *    A program gives all of it in one `hello`.
 * 2. A wrong answer gets an error and the same question again; the third ends the connection.
 * 3. A question is no refusal: a protected name asks for its password without an error.
 */
export class LoginPrompt {
  #question: LoginQuestion;
  readonly #answers: { name: string; password?: string; serverPassword?: string } = { name: "" };
  #gaveServerPassword = false;
  #refusals = 0;

  constructor(hasServerPassword: boolean) {
    this.#question = hasServerPassword ? "server password" : "name";
  }

  /** The text of the question that is asked. */
  get text(): string {
    return PROMPTS[this.#question];
  }

  /** Whether the client has used up its attempts. */
  get isOver(): boolean {
    return this.#refusals >= MAX_NAME_ATTEMPTS;
  }

  /**
   * Takes an answer of a person.
   *
   * @returns the attempt to log in; `undefined` where another question comes first.
   */
  answer(text: string): Hello | undefined {
    if (this.#question === "name") this.#answers.name = text;
    else if (this.#question === "password") this.#answers.password = text;
    else {
      this.#answers.serverPassword = text;
      // Whether the password is right is only checked with a name.
      if (this.#answers.name === "") {
        this.#question = "name";
        return undefined;
      }
    }
    return { type: "hello", ...this.#answers };
  }

  /** Notes what an attempt gives. */
  tries(hello: Hello): void {
    this.#gaveServerPassword = hello.serverPassword !== undefined;
  }

  /**
   * Takes the outcome of an attempt that did not succeed.
   *
   * @returns whether it was refused; false for a mere question, which is no error for a person.
   */
  refuse({ code }: ProtocolError, asks: LoginQuestion): boolean {
    if (asks === "server password") delete this.#answers.serverPassword;
    delete this.#answers.password;
    this.#question = asks;
    // A question for a password is no refusal; a wrong answer to it is.
    return code !== "password_needed" &&
      !(code === "server_password_wrong" && !this.#gaveServerPassword);
  }

  countRefusal(): void {
    this.#refusals++;
  }
}

/** What an introduction is made of. */
export interface IntroducedServer {
  /** Name and version. */
  readonly serverName: string;
  readonly authenticator: Pick<Authenticator, "hasServerPassword">;
}

/**
 * The frame by which a server introduces itself to a program that asks for it.
 *
 * @param rate absent where the rate is not limited.
 */
export function introductionOf(
  { serverName, authenticator }: IntroducedServer,
  rate: Rate | undefined,
): IntroductionFrame {
  return {
    type: "server",
    server: serverName,
    protocol: PROTOCOL_VERSION,
    ...(authenticator.hasServerPassword ? { needs: ["serverPassword"] } : undefined),
    ...(rate === undefined
      ? undefined
      : { limits: { perSecond: rate.perSecond, burst: rate.burst } }),
  };
}
