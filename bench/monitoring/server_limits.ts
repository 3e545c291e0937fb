import type { ByteString } from "../../protocol/byte_string.ts";
import { parseServerFrame } from "../../protocol/json_codec.ts";
import { RECORD_SEPARATOR } from "../../protocol/frames.ts";
import { Connection } from "../load/connection.ts";
import type { Target } from "../load/options.ts";
import type { LoginAnswer, Profile } from "../profiles/profile.ts";
import type { ProfileName } from "../profiles/mod.ts";

/** The message limit of a server for one client. */
export interface ServerLimits {
  /** Messages per second. */
  readonly perSecond: number;
  /** Messages accepted at once before the limit applies. */
  readonly burst: number;
}

/** Maximum length of an introduction, in bytes. */
const MAX_INTRODUCTION_BYTES = 4096;

/** Maximum time for the introduction of a server, in milliseconds. */
const TIMEOUT = 1000;

const HUBBUB_PROFILES: ReadonlySet<ProfileName> = new Set(["json", "text", "websocket"]);

export function isHubbubProfile(profile: ProfileName): boolean {
  return HUBBUB_PROFILES.has(profile);
}

/**
 * Requests the message limit of a hubbub server for one client.
 *
 * @returns `null` without a limit, with a profile of another server, and if the server does not answer
 *   as hubbub does within a second.
 */
export async function readServerLimits(
  target: Target,
  profile: ProfileName,
): Promise<ServerLimits | null> {
  if (!isHubbubProfile(profile)) return null;
  const introduction = await readIntroduction(target, TIMEOUT);
  return introduction?.limits ?? null;
}

/** The introduction of a hubbub server. */
export interface Introduction {
  /** `null` without a limit. */
  readonly limits: ServerLimits | null;
}

/**
 * Requests the introduction of a server (`docs/PROTOCOL.md`, Introduction), on a connection of its own.
 *
 * @param timeout in milliseconds.
 * @returns `undefined` if it is not a hubbub server, or cannot be reached.
 */
export async function readIntroduction(
  target: Target,
  timeout: number,
): Promise<Introduction | undefined> {
  let introduction: Introduction | undefined;
  const asking: Profile = {
    login: () => RECORD_SEPARATOR,
    readLogin(received) {
      introduction = introductionIn(received);
      return introduction === undefined ? refusalOf(received) : "joined";
    },
    message: () => "",
    mayRepeatLogin: true,
  };
  const connection = new Connection({ target, profile: asking, name: "", timeout });
  await connection.join();
  await connection.close();
  return introduction;
}

function introductionIn(received: ByteString): Introduction | undefined {
  for (const line of completeLines(received)) {
    const frame = parseServerFrame(line);
    if (frame?.type !== "server") continue;
    const { perSecond, burst } = frame.limits ?? {};
    return { limits: isPositive(perSecond) && isPositive(burst) ? { perSecond, burst } : null };
  }
  return undefined;
}

/** Nothing while an introduction may still come. A prompt may be in a line of its own before it. */
function refusalOf(received: ByteString): LoginAnswer {
  if (completeLines(received).length < 2 && received.length < MAX_INTRODUCTION_BYTES) {
    return undefined;
  }
  return { code: "unknown", text: "the server does not introduce itself" };
}

function completeLines(received: ByteString): string[] {
  return received.split("\n").slice(0, -1);
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}
