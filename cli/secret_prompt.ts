import { CliError, EXIT } from "./exit.ts";

const decoder = new TextDecoder();
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_U = "\x15";

/**
 * Asks for a secret on the terminal without showing it, twice. The questions go to standard error, so
 * that standard output can be redirected.
 *
 * @throws {CliError} on Ctrl+C or Ctrl+D, or where the two differ.
 */
export async function askSecretTwice(question: string): Promise<string> {
  const first = await askSecret(`${question}: `);
  const second = await askSecret(`${question} again: `);
  if (first !== second) throw new CliError("The two passwords differ. Try again.", EXIT.failed);
  return first;
}

/** The first line of standard input where it is no terminal, without its line end. */
export async function readSecretLine(): Promise<string> {
  const text = await new Response(Deno.stdin.readable).text();
  return /^[^\r\n]*/.exec(text)![0];
}

async function askSecret(question: string): Promise<string> {
  // Before the question, or what is typed at once would be shown.
  Deno.stdin.setRaw(true);
  try {
    await Deno.stderr.write(new TextEncoder().encode(question));
    return await readUnseen();
  } finally {
    Deno.stdin.setRaw(false);
    await Deno.stderr.write(new TextEncoder().encode("\n"));
  }
}

async function readUnseen(): Promise<string> {
  let secret = "";
  const chunk = new Uint8Array(1024);
  for (;;) {
    const length = await Deno.stdin.read(chunk);
    if (length === null) throw new CliError("", EXIT.interrupted);
    // A character cut in two by the end of a chunk takes more than a thousand bytes at once.
    for (const key of decoder.decode(chunk.subarray(0, length), { stream: true })) {
      if (key === "\r" || key === "\n") return secret;
      if (key === CTRL_C || (key === CTRL_D && secret === "")) {
        throw new CliError("", EXIT.interrupted);
      }
      if (key === CTRL_U) secret = "";
      else if (key === "\x7f" || key === "\b") secret = [...secret].slice(0, -1).join("");
      else if (key >= " ") secret += key;
    }
  }
}
