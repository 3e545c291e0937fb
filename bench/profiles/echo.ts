import type { Profile } from "./profile.ts";

/** Any server that sends lines back to who sent them, whatever it puts around them. */
export const echo: Profile = {
  login: () => "",
  // Who is connected has joined: such a server speaks when it is spoken to.
  readLogin: () => "joined",
  message: (text) => `${text}\n`,
  echoes: true,

  takesBytes: true,
};
