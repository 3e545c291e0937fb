/** What the listener's thread is told. */
export interface IdleListenerCommand {
  readonly backlog: number;
  /** An integer, 0 at first: the thread sleeps until it is 1. */
  readonly wake: SharedArrayBuffer;
}

/** What the listener's thread tells. */
export type IdleListenerReport =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "failed"; readonly text: string };

/** A listener in a thread of its own that does not accept until it is told to. */
export interface IdleListener {
  /** Where it listens. */
  readonly port: number;
  /** From now on it accepts, and greets everybody. */
  accept(): void;
  /** Ends it. */
  close(): void;
}

/**
 * Starts a listener on a free port of 127.0.0.1.
 *
 * @throws {Error} if it cannot listen.
 */
export async function startIdleListener(backlog: number): Promise<IdleListener> {
  const worker = new Worker(new URL("./idle_listener_worker.ts", import.meta.url), {
    type: "module",
  });
  const wake = new SharedArrayBuffer(4);
  const accept = () => {
    const flag = new Int32Array(wake);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  };
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (text: string) => reject(new Error(`Cannot listen: ${text}`));
    worker.onmessage = ({ data: report }: MessageEvent<IdleListenerReport>) => {
      if (report.type === "listening") resolve(report.port);
      else fail(report.text);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
    worker.postMessage({ backlog, wake } satisfies IdleListenerCommand);
  });
  return {
    port,
    accept,
    close() {
      accept();
      worker.terminate();
    },
  };
}
