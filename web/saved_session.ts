import type { SessionPoint } from "../client/core/resume_point.ts";
import type { SavedTranscript } from "./model/saved_transcript.ts";

/** What a page keeps of a session, so that loading it anew goes on with it. */
export interface SavedSession {
  readonly name: string;
  readonly point: SessionPoint;
  /** Absent where a page of before kept it. */
  readonly transcript?: SavedTranscript;
}

const NAME_KEY = "hubbub.name";

/** Below another path of the same host there may be another server, with sessions of its own. */
function sessionKey(): string {
  const path = globalThis.location?.pathname ?? "/";
  return path === "/" ? "hubbub.session" : `hubbub.session ${path}`;
}

/** The name of the last login; `""` for none. */
export function savedName(): string {
  return attempt(() => localStorage.getItem(NAME_KEY)) ?? "";
}

/**
 * Keeps the name for the next time, and the session as long as the window is open. Where there is no
 * space for what was said, it is still kept whom one talks to: nothing that is for one person alone
 * may be said in public.
 */
export function saveSession(session: SavedSession): void {
  attempt(() => localStorage.setItem(NAME_KEY, session.name));
  const isKept = attempt(() => {
    sessionStorage.setItem(sessionKey(), JSON.stringify(session));
    return true;
  });
  if (isKept || session.transcript === undefined) return;
  const transcript = { ...session.transcript, conversations: [] };
  attempt(() => sessionStorage.setItem(sessionKey(), JSON.stringify({ ...session, transcript })));
}

/** Removes the stored session. @returns it, to resume it. */
export function takeSession(): SavedSession | undefined {
  const text = attempt(() => {
    const kept = sessionStorage.getItem(sessionKey());
    // A second window that was made of this one must not go on with the same session.
    sessionStorage.removeItem(sessionKey());
    return kept;
  });
  return typeof text === "string" ? attempt(() => JSON.parse(text) as SavedSession) : undefined;
}

/** A browser may forbid pages to keep anything. */
function attempt<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
