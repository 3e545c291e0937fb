import type { Prompt } from "./prompted_chat.ts";

/** Whoever else asks for a name. */
export const ANY_PROMPT: Prompt = {
  pattern: /\b(?:name|nick|nickname|username|handle)\b[^\n]{0,40}[:?>.] ?\n?$/i,
  shown: "a name",
};
