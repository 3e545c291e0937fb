import type { Prompt } from "./prompted_chat.ts";

/** hubbub's own, and the chat whose clients have a window. */
export const ENTER_YOUR_USERNAME: Prompt = {
  pattern: /Enter your username: ?$/,
  shown: "Enter your username:",
};
