/** The signals by which people and service managers ask a program to stop. */
const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** The stop signals of this process, one after the other. */
export interface Interrupts {
  /** The next signal, or one that came since the last call. */
  next(): Promise<Deno.Signal>;
  /** Gives the signals back to their default. */
  dispose(): void;
}

/** Takes over the stop signals. */
export function onInterrupt(): Interrupts {
  const queue: Deno.Signal[] = [];
  let wake = () => {};
  const listeners = STOP_SIGNALS.map((signal) => {
    const listener = () => {
      queue.push(signal);
      wake();
    };
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return {
    async next() {
      if (queue.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return queue.shift()!;
    },
    dispose() {
      for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/**
 * Takes over SIGHUP, by which administrators have a server read its files again. Windows has none.
 *
 * Not to be called without need: a terminal that is closed ends what runs in it by this signal.
 */
export function onHangup(listener: () => void): void {
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGHUP", listener);
}
