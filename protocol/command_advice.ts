/**
 * Advice for unknown commands.
 *
 * @module
 */

import { closest, distance } from "fastest-levenshtein/esm/mod.js";

const ADVICE: readonly (readonly [commands: readonly string[], advice: string])[] = [
  [
    ["/whois", "/whowas", "/finger", "/ls", "/nicks", "/members", "/people", "/userlist"],
    "/users lists the users in the room.",
  ],
  [
    ["/motd", "/info", "/lusers", "/stats"],
    "/users lists the users in the room, /topic shows its topic.",
  ],
  [["/time", "/date"], "Every line begins with its time, and /history shows the dates."],
  [["/private", "/message", "/to"], "/whisper NAME TEXT sends a message to one user only."],
  [
    ["/create", "/switch", "/enter", "/goto"],
    "/join ROOM goes to a room, and creates it if needed.",
  ],
  [["/slap", "/hug", "/shrug"], "/me ACTION shows an action, as in /me waves."],
  [
    ["/silence", "/squelch", "/dnd"],
    "/ignore NAME hides the messages of a user, /away marks you as away.",
  ],
  [["/ping"], "Connections are checked automatically."],
  [
    ["/connect", "/server", "/reconnect"],
    "Leave with /quit, and connect to the other server from your shell.",
  ],
  [
    ["/say", "/all", "/broadcast", "/shout", "/amsg"],
    "Type the text alone, and it is sent to the room.",
  ],
  [
    ["/login", "/identify", "/auth", "/nickserv", "/ns", "/chanserv", "/cs"],
    "/nick NAME PASSWORD takes a protected name, /register PASSWORD protects yours.",
  ],
  [
    ["/op", "/deop", "/oper", "/mode"],
    "The administrator of the server adds operators, with hubbub account add NAME --operator.",
  ],
  [["/invite"], "Tell others the name of the room: /join ROOM takes them there."],
  [["/close", "/hop", "/cycle"], "/leave leaves the room, /join ROOM enters another one."],
  [["/backlog"], "/history shows the last messages of the room."],
  [
    ["/send", "/accept", "/refuse", "/cancel", "/dcc", "/file", "/upload"],
    "Files can be sent by hubbub chat on a terminal, and with the button on the page.",
  ],
  [["/clear", "/cls", "/bell"], "Only hubbub chat on a terminal has this command."],
];

const ADVICE_BY_COMMAND = new Map(
  ADVICE.flatMap(([commands, advice]) => commands.map((command) => [command, advice] as const)),
);

/**
 * Advice for an unknown command: a sentence, or `undefined` if no known command is similar.
 *
 * @param typed the command with its slash; the caller bounds its length.
 * @param names of the known commands. Of several with the same prefix, the first is suggested.
 * @param foreignNames names that are suggested if none of `names` fits.
 */
export function adviceFor(
  typed: string,
  names: readonly string[],
  foreignNames: readonly string[] = [],
): string | undefined {
  const command = typed.toLowerCase();
  const advice = ADVICE_BY_COMMAND.get(command);
  if (advice !== undefined) return advice;
  const nearest = [...names, ...foreignNames].find((name) => name.startsWith(command)) ??
    likeliest(command, names) ?? likeliest(command, foreignNames);
  return nearest === undefined ? undefined : `Did you mean ${nearest}?`;
}

/** The name with the fewest typing errors: at most two, and at most half of the letters. */
function likeliest(command: string, names: readonly string[]): string | undefined {
  // Of equally similar names, one with the same first letter: that letter is rarely wrong.
  const alike = names.filter((name) => name[1] === command[1]);
  const [nearest] = [closest(command, alike), closest(command, names)]
    .toSorted((one, other) => distance(command, one) - distance(command, other));
  const maxErrors = Math.min(2, Math.floor((command.length - 1) / 2));
  return nearest !== undefined && distance(command, nearest) <= maxErrors ? nearest : undefined;
}
