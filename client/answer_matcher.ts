import { isSameName, type ServerFrame } from "../protocol/mod.ts";
import { ChatError } from "./core/chat_error.ts";
import { isOwnJoin, isOwnLeave } from "./core/resume_point.ts";

type FrameOf<Type extends ServerFrame["type"]> = Extract<ServerFrame, { type: Type }>;

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export type AnswerType = "users" | "rooms" | "history" | "search" | "joined" | "left" | "renamed";

/** A question that is answered by the next frame of a type, and of its room if it has one. */
interface Question extends Waiting<ServerFrame> {
  readonly id: string;
  readonly answer: AnswerType;
  readonly room: string | undefined;
}

/**
 * The unanswered requests of a client.
 *
 * Messages and whispers are answered by their id, pings by their number. The answer to any other
 * question has neither, and is the next frame of its type; a refusal has the id.
 */
export class AnswerMatcher {
  readonly #acks = new Map<string, Waiting<FrameOf<"ack">>>();
  readonly #pongs = new Map<number, Waiting<FrameOf<"pong">>>();
  #questions: Question[] = [];

  /** Number of unanswered requests. */
  get size(): number {
    return this.#acks.size + this.#pongs.size + this.#questions.length;
  }

  ack(id: string): Promise<FrameOf<"ack">> {
    return new Promise((resolve, reject) => this.#acks.set(id, { resolve, reject }));
  }

  pong(t: number): Promise<FrameOf<"pong">> {
    return new Promise((resolve, reject) => this.#pongs.set(t, { resolve, reject }));
  }

  /**
   * Waits for the next frame of a type, which answers the question with this id.
   *
   * @param room of the frame; default any.
   */
  async question<Type extends AnswerType>(
    id: string,
    answer: Type,
    room?: string,
  ): Promise<FrameOf<Type>> {
    const frame = await new Promise<ServerFrame>((resolve, reject) =>
      this.#questions.push({ id, answer, room, resolve, reject })
    );
    return frame as FrameOf<Type>;
  }

  /** Resolves the request that a frame answers. `self` is the name of this client. */
  answer(frame: ServerFrame, self: string): void {
    switch (frame.type) {
      case "ack":
        this.#acks.get(frame.id)?.resolve(frame);
        this.#acks.delete(frame.id);
        break;
      case "pong":
        this.#pongs.get(frame.t)?.resolve(frame);
        this.#pongs.delete(frame.t);
        break;
      case "users":
        if (frame.unasked !== true) this.#answerQuestion("users", frame);
        break;
      case "rooms":
      case "history":
      case "search":
        this.#answerQuestion(frame.type, frame);
        break;
      case "joined":
        if (isOwnJoin(frame, self)) this.#answerQuestion("joined", frame);
        break;
      case "left":
        if (isOwnLeave(frame, self)) this.#answerQuestion("left", frame);
        break;
      case "renamed":
        if (frame.from === self) this.#answerQuestion("renamed", frame);
        break;
      case "error":
        this.#refuse(frame);
        break;
    }
  }

  /** Rejects one message or whisper. */
  rejectAck(id: string, error: Error): void {
    this.#acks.get(id)?.reject(error);
    this.#acks.delete(id);
  }

  /** Rejects all requests, except those that are repeated over the next connection. */
  rejectAll(error: Error, isRepeated: (id: string) => boolean = () => false): void {
    const dropped = [...this.#acks].filter(([id]) => !isRepeated(id));
    const waiting = [
      ...dropped.map(([, waiting]) => waiting),
      ...this.#pongs.values(),
      ...this.#questions.filter(({ id }) => !isRepeated(id)),
    ];
    for (const [id] of dropped) this.#acks.delete(id);
    this.#pongs.clear();
    this.#questions = this.#questions.filter(({ id }) => isRepeated(id));
    for (const { reject } of waiting) reject(error);
  }

  #answerQuestion(answer: AnswerType, frame: ServerFrame): void {
    const { room } = frame as { room?: string };
    const isAbout = (wanted: string | undefined) =>
      wanted === undefined || room === undefined || isSameName(wanted, room);
    this.#takeQuestion((question) => question.answer === answer && isAbout(question.room))
      ?.resolve(frame);
  }

  #refuse(frame: FrameOf<"error">): void {
    if (frame.ref === undefined) return;
    const error = new ChatError(frame);
    this.#takeQuestion(({ id }) => id === frame.ref)?.reject(error);
    this.rejectAck(frame.ref, error);
  }

  #takeQuestion(isIt: (question: Question) => boolean): Question | undefined {
    const found = this.#questions.find(isIt);
    if (found !== undefined) this.#questions = this.#questions.filter((other) => other !== found);
    return found;
  }
}
