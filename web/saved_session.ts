import type { SessionPoint } from "../client/core/resume_point.ts";
import { isTranscript, type SavedTranscript } from "./model/saved_transcript.ts";

/** The session that a page stores, to resume it after a reload. */
export interface SavedSession {
  readonly name: string;
  readonly point: SessionPoint;
  /** Absent in a session that an earlier version of the page has stored. */
  readonly transcript?: SavedTranscript;
}

const NAME_KEY = "hubbub.name";

/** Another path of the same host may be another server, with sessions of its own. */
function sessionKey(): string {
  const path = globalThis.location?.pathname ?? "/";
  return path === "/" ? "hubbub.session" : `hubbub.session ${path}`;
}

/** The name of the last login; `""` for none. */
export function savedName(): string {
  return attempt(() => localStorage.getItem(NAME_KEY)) ?? "";
}

/**
 * Stores the name for the next login, and the session for the lifetime of the window. Without space for
 * the conversations, the open one is still stored by its name: a whisper must never be sent to the room.
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
    // A duplicated window must not resume the same session.
    sessionStorage.removeItem(sessionKey());
    return kept;
  });
  if (typeof text !== "string") return undefined;
  const saved = attempt(() => JSON.parse(text) as Partial<SavedSession>);
  if (!isUsable(saved)) return undefined;
  const { name, point, transcript } = saved;
  return isTranscript(transcript) ? { name, point, transcript } : { name, point };
}

/** Whether this version of the page can resume a session. An earlier one has stored another kind of point. */
function isUsable(saved: Partial<SavedSession> | null | undefined): saved is SavedSession {
  const { session, rooms, whisper } = saved?.point ?? {};
  return [saved?.name, session].every((text) => typeof text === "string") &&
    typeof rooms === "object" && rooms !== null &&
    [...Object.values(rooms), whisper].every((number) => Number.isSafeInteger(number));
}

/** The storage of the browser may be disabled. */
function attempt<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
