import type { Departure } from "../outcome.ts";
import type { PasteAnswer } from "./paste.ts";

/** What a person did at the prompt. */
export type Typed =
  | { readonly type: "line"; readonly text: string }
  /** Several lines at once: as a message each, or as one. */
  | { readonly type: "paste"; readonly text: string; readonly as: PasteAnswer }
  /** Ctrl+C, Ctrl+D on an empty line, or whatever `Terminal.leave` was told. */
  | { readonly type: "leave"; readonly by: Departure };
