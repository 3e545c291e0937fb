import {
  MAX_NAME_ATTEMPTS,
  NAME_PROMPT,
  PASSWORD_PROMPT,
  type ProtocolError,
  protocolError,
  SERVER_PASSWORD_PROMPT,
} from "../../protocol/mod.ts";
import type { Hello, LoginQuestion } from "../chat/authenticator.ts";

/** What a person is asked before they are in. */
const PROMPTS: Readonly<Record<LoginQuestion, string>> = {
  "name": NAME_PROMPT,
  "password": PASSWORD_PROMPT,
  "server password": SERVER_PASSWORD_PROMPT,
};

/** Whoever conducts the dialogue. */
export interface LoginPromptHost {
  /** True for a person, who is asked; programs say all in one `hello`. */
  readonly isPerson: boolean;
  /** Shows a prompt. */
  prompt(text: string): void;
  sendError(error: ProtocolError): void;
  /** Tries to come in with what was answered. */
  enter(hello: Hello): void;
  /** Too often refused: the client leaves. */
  leave(): void;
}

/**
 * What is said between somebody and the server until they are in: questions, answers, refusals.
 *
 * 1. A person is asked for one thing after the other; the server's password first, where it has one.
 * 2. A wrong answer is told with the reason, and asked for again; the third ends the connection.
 * 3. A question is no refusal: a protected name asks for its password without an error.
 */
export class LoginPrompt {
  #question: LoginQuestion = "name";
  readonly #answers: { name: string; password?: string; serverPassword?: string } = { name: "" };
  #gaveServerPassword = false;
  #refusals = 0;

  constructor(private readonly host: LoginPromptHost) {}

  /** Asks the first question. */
  start(hasServerPassword: boolean): void {
    this.#ask(hasServerPassword ? "server password" : "name");
  }

  /** Takes what a person has typed. */
  answer(text: string): void {
    if (this.#question === "name") this.#answers.name = text;
    else if (this.#question === "password") this.#answers.password = text;
    else {
      this.#answers.serverPassword = text;
      // The name is asked for next; whether the password is right is told with it.
      if (this.#answers.name === "") return this.#ask("name");
    }
    this.host.enter({ type: "hello", ...this.#answers });
  }

  /** Hears what somebody tries to come in with. */
  tries(hello: Hello): void {
    this.#gaveServerPassword = hello.serverPassword !== undefined;
  }

  /** Refuses somebody, and asks again for what was wrong. */
  refuse(error: ProtocolError, asks: LoginQuestion): void {
    // A question for a password is no refusal; a wrong answer to it is.
    const isQuestion = error.code === "password_needed" ||
      (error.code === "server_password_wrong" && !this.#gaveServerPassword);
    if (!isQuestion || !this.host.isPerson) this.host.sendError(error);
    if (asks === "server password") delete this.#answers.serverPassword;
    delete this.#answers.password;
    this.#question = asks;
    if (isQuestion) this.#ask(asks);
    else this.countRefusal();
  }

  /** Somebody was refused and told why: they are asked again, or it was once too often. */
  countRefusal(): void {
    this.#refusals++;
    if (this.#refusals < MAX_NAME_ATTEMPTS) return this.#ask(this.#question);
    this.host.sendError(protocolError("too_many_refusals"));
    this.host.leave();
  }

  #ask(question: LoginQuestion): void {
    this.#question = question;
    if (this.host.isPerson) this.host.prompt(PROMPTS[question]);
  }
}
