import type { EchoMode } from "../../server/echo/echo_server.ts";
import { LISTEN_ARGUMENTS, SERVE_OPTIONS } from "./serve.ts";
import { command, ungrouped } from "./table.ts";
import { TRACE_OPTIONS } from "./trace.ts";
import { integer } from "./numbers.ts";
import { choice, text } from "./values.ts";
import { SUMMARIES } from "./summaries.ts";

const ECHO_MODES = ["concurrent", "iterative", "once"] as const satisfies readonly EchoMode[];

export const ECHO = command({
  name: "echo",
  summary: SUMMARIES.echo,
  description:
    "Sends back what clients send, byte for byte. Mode concurrent serves all clients at once; " +
    "iterative serves one until it leaves while the others wait in the accept queue; once answers " +
    "one message and takes the next client.",
  arguments: LISTEN_ARGUMENTS,
  options: {
    mode: {
      takes: "value",
      placeholder: "<mode>",
      help: "how clients are served",
      default: "concurrent",
      parse: choice(ECHO_MODES),
    },
    prefix: {
      takes: "value",
      placeholder: "<text>",
      help: "send this before every line, or message without a newline, that is sent back",
      default: "",
      without: "none",
      parse: text,
    },
    "line-timeout": ungrouped(SERVE_OPTIONS["line-timeout"]),
    host: ungrouped(SERVE_OPTIONS.host),
    port: ungrouped(SERVE_OPTIONS.port),
    backlog: { ...ungrouped(SERVE_OPTIONS.backlog), parse: integer(1, 65_535) },
    quiet: { takes: "flag", help: "do not log single clients" },
    ...TRACE_OPTIONS,
  },
  notes: `Examples:
  hubbub echo                               many clients; try nc 127.0.0.1 8080
  hubbub echo --prefix 'Server received: '  each line comes back after that text
  hubbub echo --mode iterative              one client to its end; others wait
  hubbub echo --mode once --port 9000       one message, then the next client
  hubbub check 127.0.0.1 8080               checks it from another terminal`,
});
