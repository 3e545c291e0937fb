/**
 * Clients of IRC that others have written, as tests drive them: the library irc-framework, and the programs
 * irssi and weechat, whose logs show what they have received.
 *
 * @module
 */

import { Client } from "irc-framework";
import { hasCommand } from "./commands.ts";
import { eventually } from "./eventually.ts";
import { inheritedEnvironment } from "./program.ts";
import { hasTmux, Tmux } from "./tmux.ts";

/** Where a client connects, and who it is. It enters `#lobby` and `#tea`. */
export interface IrcLogin {
  readonly port: number;
  readonly nick: string;
  /** Logs in by SASL, with the nick as the name. */
  readonly password?: string;
}

/** A client with a person or a program behind it. */
export interface IrcProgram extends AsyncDisposable {
  /** Sends a message to a room, such as `#lobby`, or to a user. */
  say(target: string, text: string): Promise<void>;
  /** Sends `/me TEXT` to the lobby. */
  act(text: string): Promise<void>;
  /** Waits for a message in a room, or of a user. */
  until(target: string, nick: string, text: string): Promise<void>;
  nick(name: string): Promise<void>;
  /** Connects again, after the end of the connection. */
  reconnect(): Promise<void>;
  quit(reason: string): Promise<void>;
}

/** A kind of {@link IrcProgram}. */
export interface IrcProgramKind {
  readonly name: string;
  readonly isInstalled: boolean;
  start(login: IrcLogin): Promise<IrcProgram>;
}

const ROOMS = ["#tea", "#lobby"];

/** A folder that is removed at the end. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A command in the background, killed at the end. */
export function startCommand(name: string, args: readonly string[], home: string) {
  const child = new Deno.Command(name, {
    args: [...args],
    clearEnv: true,
    env: { ...inheritedEnvironment(), HOME: home, TERM: "xterm", LANG: "C.UTF-8" },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    child,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.stdin.close().catch(() => {});
      await child.status;
    },
  };
}

/** Waits until a text contains another one. */
export function untilIn(read: () => Promise<string>, expected: string): Promise<void> {
  return eventually(async () => (await read()).includes(expected), JSON.stringify(expected));
}

const framework: IrcProgramKind = {
  name: "irc-framework",
  isInstalled: true,
  start({ port, nick, password }) {
    const client = new Client();
    const messages: string[] = [];
    client.on("registered", () => ROOMS.forEach((room) => client.join(room)));
    client.on("message", (event: { target: string; nick: string; message: string }) => {
      const place = event.target.startsWith("#") ? event.target : event.nick;
      messages.push(`${place} ${event.nick}: ${event.message}`);
    });
    const done = Promise.resolve();
    let closed = Promise.withResolvers<void>();
    client.on("close", () => closed.resolve());
    const connect = () => {
      closed = Promise.withResolvers();
      client.connect({
        host: "127.0.0.1",
        port,
        nick,
        ...(password === undefined ? {} : { account: { account: nick, password } }),
        // Its own reconnection waits for seconds.
        auto_reconnect: false,
      });
    };
    connect();
    return Promise.resolve({
      say: (target, text) => (client.say(target, text), done),
      act: (text) => (client.action("#lobby", text), done),
      until: (target, from, text) => {
        const expected = `${target} ${from}: ${text}`;
        return eventually(() => messages.includes(expected), expected);
      },
      nick: (name) => (client.changeNick(name), done),
      async reconnect() {
        await closed.promise;
        connect();
      },
      quit: (reason) => (client.quit(reason), done),
      [Symbol.asyncDispose]: () => {
        client.quit();
        return closed.promise;
      },
    });
  },
};

const irssi: IrcProgramKind = {
  name: "irssi",
  isInstalled: hasTmux() && hasCommand("irssi", "--version"),
  async start({ port, nick, password }) {
    const home = await temporaryFolder();
    const sasl = password === undefined
      ? ""
      : `sasl_mechanism = "PLAIN"; sasl_username = "${nick}"; sasl_password = "${password}";`;
    await Deno.writeTextFile(
      `${home.path}/config`,
      `chatnets = { hub = { type = "IRC"; ${sasl} }; };
servers = ( { address = "127.0.0.1"; chatnet = "hub"; port = "${port}"; autoconnect = "yes"; } );
channels = ( ${
        ROOMS.map((room) => `{ name = "${room}"; chatnet = "hub"; autojoin = "yes"; }`).join(", ")
      } );
settings = {
  core = { nick = "${nick}"; user_name = "irssi"; real_name = "irssi"; };
  "fe-common/core" = { autolog = "yes"; autolog_path = "${home.path}/$0.log"; };
  # It sends a line every two seconds otherwise.
  "irc/core" = { cmds_max_at_once = "100"; };
};
`,
    );
    const terminal = await Tmux.run(`irssi --home=${home.path}; exec cat`);
    const log = (name: string) =>
      Deno.readTextFile(`${home.path}/${name.toLowerCase()}.log`).catch(() => "");
    return {
      say: (target, text) => terminal.line(`/msg ${target} ${text}`),
      act: (text) => terminal.line(`/action #lobby ${text}`),
      until: (target, from, text) =>
        untilIn(
          () => log(target),
          target.startsWith("#") ? ` ${from}> ${text}` : `${from}> ${text}`,
        ),
      nick: (name) => terminal.line(`/nick ${name}`),
      async reconnect() {
        await untilIn(() => log("#lobby"), "--- Log closed");
        await terminal.line("/reconnect all");
      },
      quit: (reason) => terminal.line(`/quit ${reason}`),
      async [Symbol.asyncDispose]() {
        await terminal[Symbol.asyncDispose]();
        await home[Symbol.asyncDispose]();
      },
    };
  },
};

const weechat: IrcProgramKind = {
  name: "weechat",
  isInstalled: hasCommand("weechat-headless", "--version"),
  async start({ port, nick, password }) {
    const home = await temporaryFolder();
    const commands = [
      // Otherwise the log is written every two minutes, and a line is sent every two seconds.
      "/set logger.file.flush_delay 0",
      "/set irc.server_default.anti_flood_prio_high 0",
      "/set irc.server_default.autoreconnect off",
      `/server add hub 127.0.0.1/${port} -notls -nicks=${nick} -autojoin=${ROOMS.join(",")}`,
      ...password === undefined ? [] : [
        `/set irc.server.hub.sasl_username ${nick}`,
        `/set irc.server.hub.sasl_password ${password}`,
      ],
      "/connect hub",
    ];
    const args = ["--dir", home.path, "--run-command", commands.join(";")];
    const program = startCommand("weechat-headless", args, home.path);
    const tell = (buffer: string, text: string) =>
      Deno.writeTextFile(
        `${home.path}/weechat_fifo_${program.child.pid}`,
        `irc.${buffer} *${text}\n`,
        { append: true, create: false },
      );
    const log = (name: string) =>
      Deno.readTextFile(`${home.path}/logs/irc.hub.${name.toLowerCase()}.weechatlog`)
        .catch(() => "");
    return {
      say: (target, text) => tell("server.hub", `/msg ${target} ${text}`),
      act: (text) => tell("hub.#lobby", `/me ${text}`),
      until: (target, from, text) => untilIn(() => log(target), `\t${from}\t${text}`),
      nick: (name) => tell("server.hub", `/nick ${name}`),
      reconnect: () => tell("server.hub", "/reconnect hub"),
      quit: (reason) => tell("server.hub", `/quit ${reason}`),
      async [Symbol.asyncDispose]() {
        await program[Symbol.asyncDispose]();
        await home[Symbol.asyncDispose]();
      },
    };
  },
};

/** All kinds; those that are not installed are left out by tests. */
export const IRC_PROGRAMS: readonly IrcProgramKind[] = [framework, irssi, weechat];
