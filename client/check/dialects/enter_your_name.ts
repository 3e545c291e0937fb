import type { Prompt } from "./prompted_chat.ts";

/** The threaded chat that is used with plain `nc`. */
export const ENTER_YOUR_NAME: Prompt = {
  pattern: /Enter your name: ?$/,
  shown: "Enter your name:",
};
