/** The list of subcommands in the help, in its order. Their options are loaded when they are used. */
export const SUMMARIES = {
  serve: "start a chat server",
  account: "add, list and remove accounts and operators",
  token: "add, list and remove tokens for programs",
  ban: "list and remove bans",
  chat: "join a chat",
  send: "send a message and leave",
  tail: "print the messages of a room",
  echo: "start an echo server",
  check: "test a chat or echo server",
  bench: "load-test a chat, echo, Redis, NATS or IRC server",
  learn: "learn about sockets in fifteen lessons",
  version: "print the version and the build",
  completions: "print the completions for a shell",
} as const;

/** The name of a subcommand. */
export type CommandName = keyof typeof SUMMARIES;
