/**
 * SIGHUP has two senders. A terminal that is closed sends it to the programs in it: they end. The
 * administrator of a server sends it to make the server read its files again.
 *
 * @module
 */

import { runtime, type StandardDescriptor } from "./runtime/mod.ts";

/** The parts of the system that tell the two apart. */
export interface HangupEnvironment {
  readonly platform: string;
  /** Whether the runtime restores the default of ignored signals at its start, as Node does. */
  readonly resetsSignals: boolean;
  /** Whether a descriptor is a terminal, and that is still open. */
  isTerminal(descriptor: StandardDescriptor): boolean;
  /** Whether this program was started with SIGHUP ignored. It is called before a handler is installed. */
  isIgnored(): Promise<boolean>;
  /** Calls a function from time to time until it returns true, for some seconds. */
  poll(check: () => boolean): void;
  /** Handles SIGHUP. @returns a function that restores the default handling. */
  on(listener: () => void): () => void;
}

/** `nohup` of Linux redirects all three away from a terminal; that of macOS and BSD leaves the input. */
const DESCRIPTORS = { linux: [0, 1, 2], others: [1, 2] } as const;

const STANDARD_ERROR = 2;

/**
 * Handles SIGHUP.
 *
 * 1. A closed terminal stops the program. The kernel takes the terminal away before it sends the signal,
 *    so a standard descriptor that was a terminal at the start is none any more.
 * 2. Otherwise a program with files to read again rereads them. If it has a terminal, it looks for the end
 *    of that for some seconds: xterm sends the signal before it closes the terminal.
 * 3. A program without such files stops at any SIGHUP.
 * 4. Below `nohup` a closed terminal stops nothing, and SIGHUP still rereads. A runtime that resets ignored
 *    signals leaves no trace of `nohup` but that no standard descriptor is a terminal: that counts as it.
 *
 * @param reread absent for a program without files to read again.
 * @returns a function that restores the default handling, and resolves when nothing runs any more.
 */
export function onHangup(
  stop: () => void,
  reread?: () => void,
  system: HangupEnvironment = SYSTEM,
): () => Promise<void> {
  const { platform, resetsSignals } = system;
  const isOnTerminal = system.isTerminal(STANDARD_ERROR);
  // Nothing shows there whether `nohup` is above, which redirects standard error.
  const isUnknown = platform !== "linux" && platform !== "windows" && !isOnTerminal;
  if (reread === undefined && isUnknown && !resetsSignals) return () => Promise.resolve();
  const terminals = DESCRIPTORS[platform === "linux" ? "linux" : "others"]
    .filter((descriptor) => system.isTerminal(descriptor));
  const mayBeIgnored = (platform === "linux" || (resetsSignals && platform !== "windows")) &&
    (reread === undefined ? !isOnTerminal : terminals.length > 0);
  const ignored = !mayBeIgnored
    ? Promise.resolve(false)
    : resetsSignals && terminals.length === 0
    ? Promise.resolve(true)
    : system.isIgnored();
  const isClosed = () => terminals.some((descriptor) => !system.isTerminal(descriptor));
  const stopIfClosed = () => {
    if (!isClosed()) return false;
    stop();
    return true;
  };
  const listener = async () => {
    if (await ignored) return reread?.();
    // Windows sends it for a closed window only.
    if (reread === undefined || platform === "windows") return stop();
    if (stopIfClosed()) return;
    reread();
    if (terminals.length > 0) system.poll(stopIfClosed);
  };
  const off = system.on(listener);
  return async () => {
    off();
    await ignored;
  };
}

/**
 * Keeps SIGHUP from ending a service from now on, until {@link onHangup} handles it: `systemctl reload`
 * may follow the start at once. The files are still to be read. With a terminal it may be closed, and the
 * default stays.
 */
export function ignoreEarlyHangup(system: HangupEnvironment = SYSTEM): void {
  const hasTerminal = DESCRIPTORS.linux.some((descriptor) => system.isTerminal(descriptor));
  if (system.platform !== "windows" && !hasTerminal) system.on(() => {});
}

/** Milliseconds between two looks at the terminal, and their number. */
const POLL_INTERVAL = 200;
const POLLS = 25;

const SYSTEM: HangupEnvironment = {
  platform: runtime.os,
  resetsSignals: runtime.resetsSignals,
  isTerminal: (descriptor) => runtime.isTerminal(descriptor),
  async isIgnored() {
    // A program inherits from its parent which signals are ignored, and this one is the parent of `cat`.
    const owner = runtime.resetsSignals ? runtime.parentPid() : "self";
    const { stdout } = await runtime.run("/bin/cat", [`/proc/${owner}/status`], { clearEnv: true })
      .catch(() => ({ stdout: new Uint8Array() }));
    const status = new TextDecoder().decode(stdout);
    const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
    return (BigInt(`0x${mask}`) & 1n) === 1n;
  },
  poll(check) {
    let left = POLLS;
    const timer = setInterval(() => {
      if (check() || --left === 0) clearInterval(timer);
    }, POLL_INTERVAL);
    // The program may end meanwhile.
    timer.unref();
  },
  on: (listener) => runtime.onSignal("SIGHUP", listener),
};
