import { messagesTo } from "./broadcast.ts";

/** Every connection sends messages, and each must return on the same one, once and in order. */
export const echo = messagesTo("self");
