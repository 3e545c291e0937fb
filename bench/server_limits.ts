import type { ByteString } from "../protocol/byte_string.ts";
import { parseServerFrame } from "../protocol/json_codec.ts";
import { RECORD_SEPARATOR } from "../protocol/introduction.ts";
import { Connection } from "./connection.ts";
import type { Target } from "./options.ts";
import type { LoginAnswer, Profile } from "./profile.ts";
import type { ProfileName } from "./profiles/mod.ts";

/** How many messages a server accepts from one client. */
export interface ServerLimits {
  /** Messages per second. */
  readonly perSecond: number;
  /** Messages at once, before that counts. */
  readonly burst: number;
}

/** Longest introduction that is read, in bytes. */
const MAX_INTRODUCTION_BYTES = 4096;

/** How long a server may take to introduce itself, in milliseconds. */
const TIMEOUT = 1000;

/** Profiles that speak to hubbub, which tells its limits. */
const HUBBUB_PROFILES: ReadonlySet<ProfileName> = new Set(["json", "text", "websocket"]);

/**
 * Asks a hubbub server how many messages it accepts from one client (`docs/PROTOCOL.md`,
 * Introduction), on a connection of its own that joins nothing.
 *
 * @returns nothing where the rate is not limited, where the profile is not one of hubbub's, and where
 *   the server does not answer as hubbub does, within a second.
 */
export async function readServerLimits(
  target: Target,
  profile: ProfileName,
): Promise<ServerLimits | null> {
  if (!HUBBUB_PROFILES.has(profile)) return null;
  let limits: ServerLimits | null = null;
  const asking: Profile = {
    login: () => RECORD_SEPARATOR,
    readLogin: (received) => {
      const found = introductionIn(received);
      limits = found.limits ?? null;
      return found.answer;
    },
    message: () => "",
    mayRepeatLogin: true,
  };
  const connection = new Connection({ target, profile: asking, name: "", timeout: TIMEOUT });
  connection.onBreak = () => {};
  await connection.join();
  await connection.close();
  return limits;
}

/** What the first lines of a server say, once an introduction is whole or cannot come any more. */
function introductionIn(
  received: ByteString,
): { readonly answer: LoginAnswer; readonly limits?: ServerLimits } {
  const lines = received.split("\n");
  for (const line of lines.slice(0, -1)) {
    const frame = parseServerFrame(line);
    if (frame?.type !== "server") continue;
    const { perSecond, burst } = frame.limits ?? {};
    return isPositive(perSecond) && isPositive(burst)
      ? { answer: "joined", limits: { perSecond, burst } }
      : { answer: "joined" };
  }
  // A prompt may stand before it in a line of its own.
  if (lines.length <= 2 && received.length < MAX_INTRODUCTION_BYTES) return { answer: undefined };
  return { answer: { code: "unknown", text: "the server does not introduce itself" } };
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}
