/** Lets a shell stop the program that has its terminal, and go on with it. */
export interface JobControl {
  /** Why the program cannot be stopped, as a sentence; `undefined` where it can. */
  readonly refusal?: string | undefined;
  /** Stops the program. Where nobody could go on with it, the system does nothing instead. */
  stop(): void;
  /** Calls the listener each time that the program goes on. @returns what ends that */
  onContinue(listener: () => void): () => void;
}
