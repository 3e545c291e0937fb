import type { IrcCommands } from "./command.ts";

/** The commands of a registration. NICK changes the name later, too. */
export const REGISTRATION_COMMANDS: IrcCommands = {
  CAP: {
    when: "always",
    params: 1,
    run: ({ registration }, [subcommand = "", argument = ""]) =>
      registration.cap(subcommand.toUpperCase(), argument),
  },
  PASS: {
    when: "before registration",
    params: 1,
    run: ({ registration }, [password = ""]) => registration.pass(password),
  },
  NICK: {
    when: "always",
    params: 0,
    run: ({ client, registration }, [name = "", password]) => {
      if (!client.isRegistered) return registration.nick(name);
      if (name === "") return client.reply("431", "", "The name is missing.");
      const frame = { type: "nick" as const, name };
      client.request(password === undefined ? frame : { ...frame, password }, name);
    },
  },
  USER: {
    when: "before registration",
    params: 4,
    run: ({ registration }) => registration.user(),
  },
  AUTHENTICATE: {
    when: "always",
    params: 1,
    run: ({ registration }, [text = ""]) => registration.authenticate(text),
  },
};
