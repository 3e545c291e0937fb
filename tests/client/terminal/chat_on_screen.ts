/** A chat on a terminal with a screen in memory. */

import { runTerminalChat, type TerminalChatOptions } from "../../../client/mod.ts";
import { FakeServer, settle, streamsTo, withoutTimes } from "../fakes.ts";
import { Screen } from "./screen.ts";

/** Starts a chat. */
export function chatWith(
  server = new FakeServer().beFriendly(),
  options: Partial<TerminalChatOptions> = {},
) {
  const { input, output, errors, clock, ...connection } = streamsTo(server);
  const screen = new Screen(output.columns);
  output.on("data", (text: string) => screen.write(text));
  const outcome = runTerminalChat({
    ...{ input, output, errors, clock, ...connection, color: false },
    ...options,
  });
  return {
    server,
    input,
    errors,
    clock,
    outcome,
    output,
    /** The content of the screen, without times. */
    async lines(): Promise<string[]> {
      await settle();
      clock.advance(16);
      await settle();
      return withoutTimes(screen.text).split("\n");
    },
    async type(text: string): Promise<void> {
      input.write(text);
      await settle();
    },
  };
}

/** The lines after connecting and after joining. */
export const CONNECTED = "Connected to server at 127.0.0.1:8080";
export const WELCOME = "[SYSTEM]: Welcome, Alice! Type /help for available commands.";
