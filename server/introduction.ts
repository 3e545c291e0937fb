import { type IntroductionFrame, PROTOCOL_VERSION } from "../protocol/mod.ts";
import type { Entrance } from "./entrance.ts";
import type { Rate } from "./token_bucket.ts";

/** What an introduction is made of. */
export interface IntroducedServer {
  /** Name and version. */
  readonly serverName: string;
  readonly entrance: Pick<Entrance, "hasServerPassword">;
  /** Absent when the rate is not limited. */
  readonly rate: Rate | undefined;
}

/** The frame by which a server introduces itself to a program that asks for it. */
export function introductionOf(
  { serverName, entrance, rate }: IntroducedServer,
): IntroductionFrame {
  return {
    type: "server",
    server: serverName,
    protocol: PROTOCOL_VERSION,
    ...(entrance.hasServerPassword ? { needs: ["serverPassword"] } : undefined),
    ...(rate === undefined
      ? undefined
      : { limits: { perSecond: rate.perSecond, burst: rate.burst } }),
  };
}
