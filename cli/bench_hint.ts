import { Connection } from "../bench/load/connection.ts";
import type { ErrorCount } from "../bench/load/error_tally.ts";
import type { LineTemplates } from "../bench/profiles/line.ts";
import { type ProfileName, PROFILES } from "../bench/profiles/mod.ts";
import type { Target } from "../bench/load/options.ts";
import { isHubbubProfile, readIntroduction } from "../bench/monitoring/server_limits.ts";
import { type ChatTraits, chatTraits, recognise } from "../client/check/recognise.ts";
import { CheckContext } from "../client/check/check.ts";
import { CheckFailure } from "../client/check/check_failure.ts";
import type { ServerKind } from "../client/check/server_kinds.ts";
import { ConnectionError } from "../client/core/connection_errors.ts";
import { cleanLine, hostPort } from "../protocol/mod.ts";
import { warn } from "./standard_streams.ts";

/** Maximum time to wait for an answer of the server, in milliseconds. */
const PATIENCE = 1500;

/** Profiles that are tried with a server that is neither a chat of lines nor an echo server. */
const PROTOCOLS: readonly ProfileName[] = ["nats", "redis", "irc"];

/** Error codes of broken connections. */
const BROKEN: ReadonlySet<string> = new Set(["closed", "ECONNRESET", "EPIPE"]);

/** How a server was addressed without success. */
export interface Tried {
  readonly target: Target;
  readonly scenario: string;
  readonly profile: ProfileName;
  readonly lines?: LineTemplates | undefined;
  /** True if the scenario has `--login` and the other options of the profile `line`. */
  readonly takesTemplates: boolean;
}

/** The parts of a result that show whether the profile suits the server. */
export interface Ended {
  /** Absent in a scenario without a join. */
  readonly joined?: number;
  readonly interrupted: boolean;
  readonly errors?: readonly Pick<ErrorCount, "phase" | "code" | "count">[];
  /** Absent in a scenario without messages. */
  readonly deliveries?: { readonly received: number; readonly misdelivered: number };
}

/** Whether another profile may suit the server. */
export function needsHint({ joined, interrupted, errors = [], deliveries }: Ended): boolean {
  if (interrupted) return false;
  // A server that accepted no connection may be of any kind.
  if (joined === 0) return errors.some(({ phase }) => phase === "login");
  if (deliveries === undefined) return false;
  const broken = errors.filter(({ phase, code }) => phase === "run" && BROKEN.has(code));
  return deliveries.received === 0 || deliveries.misdelivered > 0 ||
    (joined !== undefined && broken.reduce((sum, { count }) => sum + count, 0) >= joined);
}

/** Detects the kind of a server, and prints how to load it; nothing if it was loaded like that. */
export async function printHint(tried: Tried): Promise<void> {
  const hint = await findHint(tried);
  if (hint !== undefined) warn(`Hint: ${hint}`);
}

/**
 * The kind of a server, detected by its answers, and how to load it; `undefined` if it was loaded like
 * that.
 *
 * @param patience maximum time to wait for an answer, in milliseconds. Default: 1500.
 */
export async function findHint(
  tried: Tried,
  patience: number = PATIENCE,
): Promise<string | undefined> {
  // Servers are detected on plain connections only.
  if (tried.target.isEncrypted === true || tried.target.path !== undefined) return undefined;
  const tag = String(Math.floor(2000 + 8000 * Math.random()));
  const context = new CheckContext(tried.target, patience, tag);
  const server = hostPort(tried.target);
  try {
    if (await readIntroduction(tried.target, patience) !== undefined) {
      return profileHint(tried, "a hubbub server", "json");
    }
    const kind = await recognise(context);
    context.close();
    if (kind.type === "echo") return echoHint(tried, server, kind.title, kind.isOnce);
    const traits = await chatTraits(context, kind);
    return chatHint(tried, server, kind, traits);
  } catch (error) {
    if (error instanceof ConnectionError) return undefined;
    if (!(error instanceof CheckFailure)) throw error;
    const what = `${server}: ${cleanLine(error.message)}.`;
    if (error.code === "unfit") return what;
    for (const profile of PROTOCOLS) {
      if (await joins(tried, profile, patience)) {
        return profileHint(tried, `a server that --profile ${profile} speaks to`, profile);
      }
    }
    return `${what} Describe how to speak to it with --profile line, --login, --message and --welcome.`;
  } finally {
    context.close();
  }
}

/** Whether a connection joins with a profile. */
async function joins({ target }: Tried, name: ProfileName, timeout: number): Promise<boolean> {
  const connection = new Connection({
    ...{ target, profile: PROFILES[name], timeout },
    name: `bench-hint-${Math.floor(Math.random() * 1e6)}`,
  });
  const failure = await connection.join();
  await connection.close();
  return failure === undefined;
}

function echoHint(
  { target, scenario, profile }: Tried,
  server: string,
  title: string,
  isOnce: boolean,
): string | undefined {
  const what = `${server} is ${cleanLine(title)}.`;
  if (isOnce) {
    return `${what} bench cannot load a server that closes the connection after a message.`;
  }
  if (scenario === "echo" && profile === "echo") return undefined;
  return `${what} Try: hubbub bench echo ${hostPort(target)}`;
}

function profileHint(
  { target, scenario, profile: tried }: Tried,
  what: string,
  profile: ProfileName,
): string | undefined {
  if (profile === tried || (profile === "json" && isHubbubProfile(tried))) return undefined;
  const command = `hubbub bench ${chatScenario(scenario)} ${hostPort(target)}`;
  return `${hostPort(target)} is ${what}. Try: ${command} --profile ${profile}`;
}

function chatHint(
  { target, scenario, profile, takesTemplates, lines = {} }: Tried,
  server: string,
  kind: ServerKind,
  { isGreeted, asksForPassword, sendsBack }: ChatTraits,
): string | undefined {
  const { login = "{name}\n", welcome, ownMessages = false } = lines;
  const hasNames = kind.type === "chat" && kind.hasNames;
  const wanted = [
    ...hasNames ? [] : ["--login ''"],
    ...asksForPassword ? ["--login '{name}\\nPASSWORD\\n'"] : [],
    ...isGreeted ? [] : ["--welcome ''"],
    ...sendsBack ? ["--own-messages"] : [],
  ];
  const isTried = profile === "line" && hasNames === (login !== "") &&
    (isGreeted || welcome === "") && !asksForPassword && sendsBack === ownMessages;
  if (isTried) return undefined;
  const fitting = takesTemplates || wanted.length === 0 ? chatScenario(scenario) : "broadcast";
  const command = `hubbub bench ${fitting} ${hostPort(target)} --profile line`;
  return `${server} is ${cleanLine(kind.title)}` +
    (asksForPassword ? ", and then for a password" : "") +
    (sendsBack ? ", which sends messages to their sender too" : "") +
    `. Try: ${[command, ...wanted].join(" ")}`;
}

function chatScenario(scenario: string): string {
  return scenario === "echo" ? "broadcast" : scenario;
}
