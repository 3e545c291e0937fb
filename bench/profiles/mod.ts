/**
 * The kinds of servers that the load tester can load, by name.
 *
 * @module
 */

import type { Profile } from "./profile.ts";
import { irc } from "./irc.ts";
import { json } from "./json.ts";
import { echo, line, type LineTemplates } from "./line.ts";
import { nats } from "./nats.ts";
import { redis } from "./redis.ts";
import { text } from "./text.ts";
import { websocket } from "./websocket.ts";

/** The values of `--profile`. */
export type ProfileName =
  | "json"
  | "text"
  | "websocket"
  | "line"
  | "echo"
  | "irc"
  | "nats"
  | "redis";

/** Every profile. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  json,
  text,
  websocket,
  line: line(),
  echo,
  irc,
  nats,
  redis,
};

/** The profile of a run, with the templates of `line` filled in. */
export function profileOf(
  { profile, lines }: { readonly profile: ProfileName; readonly lines?: LineTemplates },
): Profile {
  return profile === "line" ? line(lines) : PROFILES[profile];
}
