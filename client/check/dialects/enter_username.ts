import type { Prompt } from "./prompted_chat.ts";

/** The exercise that asks shortly, perhaps with a line end and dots. */
export const ENTER_USERNAME: Prompt = {
  pattern: /Enter (?:a )?user ?name\b[^\n]*\n?$/i,
  shown: "Enter username",
};
