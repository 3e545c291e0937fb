import { type Argument, type Command, Help } from "@commander-js/extra-typings";

/** What `bench` can be asked, by the name of the scenario that answers it. */
export const QUESTIONS = {
  broadcast: "How much does a chat pass on, how late, and is anything lost?",
  echo: "How fast does a server send back what each client says?",
  rounds: "How long until the last one has a message, by number of clients?",
  connect: "How does a server take clients that come at once, or at a rate?",
  backlog: "What do clients see that come while a server does not accept?",
  churn: "How fast do people get in while others talk, and do those notice?",
  rooms: "Does every message come to its own room, and to no other?",
  stall: "Does a client that stops reading harm the others?",
  restart: "How soon are all back when the server is killed, and what is lost?",
  codec: "What does it cost to write or read one message, without a socket?",
} as const;

const LIST = Object.entries(QUESTIONS)
  .map(([name, question]) => `  ${name.padEnd(10)} ${question}`).join("\n");

const DESCRIPTION =
  `Fills a server with clients, puts a load on it and checks what comes of it. Without a target it ` +
  `starts a server of its own.

Scenarios:
${LIST}

The server is an address or URL in any form (host:port, host port, http://, https://, ws://, wss://),
unix:PATH, or a command behind -- that starts it: {port} in the command is replaced by a free port.
Numbers may be written as 1k or 2M.

Below are the options of broadcast and echo. Each of the others has its own: hubbub bench connect --help`;

const EXAMPLES = `
Examples:
  How much does hubbub pass on, here? (a server of its own, 128 clients, 8 of them talk)
    hubbub bench broadcast
  How long do 500 people wait for a message when there are 1000 a second?
    hubbub bench broadcast localhost:8080 -c 500 -R 1000
  How many messages a second does an echo server take, answering within 50 ms?
    hubbub bench echo localhost:9000 --find-limit 'p99<50ms,lost=0'
  Is it still fast enough, in a script? (exit code 1 if not)
    hubbub bench broadcast -R 500 -d 5s --assert 'last.p99<50ms' --json
  How fast is the server that I am writing? (starts it, and stops it at the end)
    hubbub bench echo -c 10 -- python3 server.py {port}
  And another kind of server?
    hubbub bench broadcast localhost:6667 --profile irc`;

/** Tells at the top of the help of `bench` what there is to be asked, and at its end how. */
export function addBenchHelp(command: Command): void {
  command
    .usage("[scenario] [host[:port]] [port] [options] [-- command]")
    .description(DESCRIPTION)
    .addHelpText("after", EXAMPLES)
    .createHelp = () => new BenchHelp();
}

class BenchHelp extends Help {
  /** The scenarios that are commands of their own stand at the top, with the others. */
  override formatItemList(heading: string, items: string[], helper: Help): string[] {
    return heading === "Commands:" ? [] : super.formatItemList(heading, items, helper);
  }

  /** The choices of the argument are only the scenarios that are no commands of their own. */
  override argumentDescription({ description }: Argument): string {
    return description;
  }
}
