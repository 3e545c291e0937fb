/**
 * The kinds of servers that the load tester can talk to, by name.
 *
 * @module
 */

import type { Profile } from "../profile.ts";
import { json } from "./json.ts";
import { text } from "./text.ts";

/** Every profile. */
export const PROFILES = { json, text } as const satisfies Record<string, Profile>;

/** What `--profile` takes. */
export type ProfileName = keyof typeof PROFILES;
