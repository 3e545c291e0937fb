import { type IntroductionFrame, PROTOCOL_VERSION } from "../../protocol/mod.ts";
import type { Authenticator } from "../chat/authenticator.ts";
import type { Rate } from "../scheduling/token_bucket.ts";

/** What an introduction is made of. */
export interface IntroducedServer {
  /** Name and version. */
  readonly serverName: string;
  readonly authenticator: Pick<Authenticator, "hasServerPassword">;
  /** Absent when the rate is not limited. */
  readonly rate: Rate | undefined;
}

/** The frame by which a server introduces itself to a program that asks for it. */
export function introductionOf(
  { serverName, authenticator, rate }: IntroducedServer,
): IntroductionFrame {
  return {
    type: "server",
    server: serverName,
    protocol: PROTOCOL_VERSION,
    ...(authenticator.hasServerPassword ? { needs: ["serverPassword"] } : undefined),
    ...(rate === undefined
      ? undefined
      : { limits: { perSecond: rate.perSecond, burst: rate.burst } }),
  };
}
