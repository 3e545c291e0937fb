import { availableParallelism } from "node:os";
import { pathOf } from "./peers.ts";

/** The core of the server under load. */
const SERVER_CORE = "0";

/**
 * Gives the server under load a core of its own, and this program all others, so that they do not move
 * about and do not take each other's. Linux with `taskset` and two cores or more.
 */
export class CorePinning {
  readonly #taskset = availableParallelism() < 2 ? undefined : pathOf("taskset");

  /** What it does, for the report. */
  get text(): string {
    return this.#taskset === undefined
      ? "Nothing was pinned to cores: there is no taskset, or one core only."
      : "The server had a core of its own, and the load tester the others (taskset).";
  }

  /** Moves this program; threads that it starts later go along. */
  async pinSelf(): Promise<void> {
    await this.#pin(Deno.pid, `1-${availableParallelism() - 1}`);
  }

  /** Moves a server with all its threads. */
  async pinServer(pid: number): Promise<void> {
    await this.#pin(pid, SERVER_CORE);
  }

  async #pin(pid: number, cores: string): Promise<void> {
    if (this.#taskset === undefined) return;
    const { success, stderr } = await new Deno.Command(this.#taskset, {
      args: ["--all-tasks", "--cpu-list", "--pid", cores, `${pid}`],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (success) return;
    throw new Error(`Cannot pin process ${pid}: ${new TextDecoder().decode(stderr).trim()}`);
  }
}
