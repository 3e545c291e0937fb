import { ConfigError, lineOfKey, parseConfig } from "./options/config_file.ts";
import { type SERVE, SERVE_OPTIONS, type ServeValues } from "./options/serve.ts";
import type { Settings } from "./options/settings.ts";
import { keyOf, type OptionDefinition } from "./options/table.ts";
import { CliError, EXIT, fileFault } from "./exit.ts";
import { checkTogether, serverOptionsOf, TogetherError } from "./serve_values.ts";
import type { Log, LogFields } from "../server/observability/log.ts";
import { LIVE_OPTIONS, type LiveOptions } from "../server/live_options.ts";
import type { ServerThread } from "../server/server_thread.ts";

type ServeSettings = Settings<typeof SERVE.options>;
type OptionName = keyof typeof SERVE_OPTIONS;

/** The parts of a running server that its files change. */
export interface RereadParts {
  readonly thread: Pick<ServerThread, "change" | "readFile" | "reloadTls">;
  /** The log of the main thread. */
  readonly log: Log;
  /** Called with the values in force after each change. */
  readonly onValues: (values: ServeValues) => void;
}

/**
 * Rereads the files of a running server: certificate, configuration and accounts.
 *
 * 1. The configuration is used as a whole or not at all. The command line and the environment come before
 *    it, as at the start.
 * 2. Live options change at once. The others keep their values until a restart, and each reread logs them.
 * 3. Requests during a reread cause one more after it.
 * 4. The main thread of a server may not read files: the network thread does.
 */
export class ServeReread {
  #isDue = false;
  #isRunning = false;
  #inForce: ServeSettings;

  /**
   * @param given those of the command line and the environment.
   * @param initial the same with those of the file: the values that the server was started with.
   */
  constructor(
    private readonly given: ServeSettings,
    private readonly initial: ServeSettings,
    private readonly parts: RereadParts,
  ) {
    this.#inForce = initial;
  }

  request(): void {
    this.#isDue = true;
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isDue) {
      this.#isDue = false;
      await this.#reread();
    }
    this.#isRunning = false;
  }

  async #reread(): Promise<void> {
    const { thread, log } = this.parts;
    const { tlsCert: cert, tlsKey: key, config } = this.initial.values;
    if (cert !== undefined && key !== undefined) thread.reloadTls({ cert, key });
    let content = "";
    try {
      if (config === undefined) {
        // The accounts.
        await thread.change({});
        return log.info("files reread");
      }
      content = await this.#read(config);
      const next = this.given.withFile(parseConfig(SERVE_OPTIONS, config, content));
      checkTogether(next.values);
      await thread.change(liveOptionsOf(this.#live(next)));
      this.#use(next, config);
    } catch (error) {
      log.error("cannot use the new settings; the old ones stay", faultOf(error, config, content));
    }
  }

  async #read(path: string): Promise<string> {
    try {
      return await this.parts.thread.readFile(path);
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  /** The values that the server was started with, and the live ones of other settings. */
  #live({ values }: ServeSettings): ServeValues {
    const { initial } = this;
    const live = names().filter((name) => this.#isLive(name)).map(keyOf);
    return {
      ...initial.values,
      ...Object.fromEntries(Object.entries(values).filter(([key]) => live.includes(key))),
    };
  }

  /** The first outgoing webhook needs a restart: the network thread of a server without one may not
   * connect to others. */
  #isLive(name: OptionName): boolean {
    if (name === "hook-out" && this.initial.values.hookOut.length === 0) return false;
    return definitionOf(name).isLive === true;
  }

  /** Logs the changes of settings that are in force now. */
  #use(next: ServeSettings, config: string): void {
    const { log, onValues } = this.parts;
    const live = this.#live(next);
    log.setLevel(live.logLevel);
    onValues(live);
    let [changed, restart] = [0, 0];
    for (const name of names()) {
      const isLive = this.#isLive(name);
      const before = isLive ? this.#inForce : this.initial;
      if (isSame(name, before, next)) continue;
      const fields = changeOf(name, before, next);
      if (isLive) log.info("setting changed", fields);
      else log.warn("setting needs a restart", fields);
      if (isLive) changed++;
      else restart++;
    }
    this.#inForce = next;
    log.info("files reread", { file: config, changed, restart });
  }
}

function names(): OptionName[] {
  return Object.keys(SERVE_OPTIONS) as OptionName[];
}

function definitionOf(name: OptionName): OptionDefinition {
  return SERVE_OPTIONS[name];
}

function liveOptionsOf(values: ServeValues): LiveOptions {
  const options = serverOptionsOf(values);
  return Object.fromEntries(LIVE_OPTIONS.map((name) => [name, options[name]])) as
    & LiveOptions
    & Record<string, unknown>;
}

/** Whether two texts mean the same value, as `10s` and `10` do. */
function isSame(name: OptionName, one: ServeSettings, other: ServeSettings): boolean {
  const [before, after] = [one, other].map(({ values }) =>
    JSON.stringify((values as Readonly<Record<string, unknown>>)[keyOf(name)])
  );
  return before === after;
}

function changeOf(name: OptionName, before: ServeSettings, next: ServeSettings): LogFields {
  const definition = definitionOf(name);
  const isSecret = definition.takes !== "flag" && definition.isSecret;
  return isSecret
    ? { option: name }
    : { option: name, from: before.shown(name), to: next.shown(name) };
}

/** The file, the line and the reason, without what the message says of the first two. */
function faultOf(error: unknown, config: string | undefined, content: string): LogFields {
  const file = config === undefined ? undefined : { file: config };
  const at = (line: number | undefined) => line === undefined ? file : { ...file, line };
  const { message, cause, code } = error as Error & { code?: unknown };
  if (error instanceof ConfigError) return { ...at(error.line), error: error.fault };
  if (error instanceof TogetherError) {
    return { ...at(lineOfKey(content, error.option)), error: message };
  }
  if (code === "ERR_OPERATOR_WITHOUT_ACCOUNT") {
    return { ...at(lineOfKey(content, "operator")), error: message };
  }
  return { ...file, error: cause === undefined ? message : fileFault(cause) };
}

/** The error of a file that cannot be read. */
export function unreadable(path: string, error: unknown): CliError {
  return new CliError(`Cannot read ${path}: ${fileFault(error)}`, EXIT.usage, { cause: error });
}
