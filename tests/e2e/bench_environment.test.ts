/** Servers that `bench` starts read none of the user's variables for hubbub. */

import { assertEquals } from "@std/assert";
import { PROGRAM, startProgram } from "../support/program.ts";

/** Each of these would make a run fail, except for the folder, which has to stay empty. */
const USERS_VARIABLES = {
  HUBBUB_CONFIG: "/no/such/file.json",
  HUBBUB_LOG_FORMAT: "json",
  HUBBUB_MAX_CLIENTS: "1",
  HUBBUB_MODE: "once",
  HUBBUB_NO_WEB: "yes",
  HUBBUB_PASSWORD: "open sesame",
  HUBBUB_RATE: "1:1",
  HUBBUB_TLS: "self-signed",
  HUBBUB_TLS_ONLY: "yes",
};

const RUNS: readonly (readonly string[])[] = [
  ["broadcast", "-c", "3", "-a", "5"],
  ["echo", "-c", "3", "-a", "5"],
  ["broadcast", "-c", "3", "--find-limit", "lost=0", "--find-to", "200", "-d", "200ms"],
  ["rounds", "--sizes", "2", "-d", "200ms"],
  ["connect", "-c", "3"],
  ["churn", "-c", "3", "-s", "1", "-d", "400ms"],
  ["rooms", "-c", "4", "--rooms", "4", "--rooms-per-client", "2", "-d", "300ms"],
  ["stall", "-c", "4", "--stalled", "1", "-s", "1", "-R", "20", "-d", "300ms"],
  ["restart", "-c", "3", "-s", "1", "-R", "20", "-d", "300ms", "--down", "100ms"],
  ["broadcast", "-c", "3", "-a", "5", "--", ...PROGRAM, "serve", "--port", "{port}"],
  ["echo", "-c", "3", "-a", "5", "--", ...PROGRAM, "echo", "--port", "{port}"],
];

for (const parameters of RUNS) {
  const isCommand = parameters.includes("--");
  Deno.test(
    `bench ${parameters[0]}${
      isCommand ? " -- COMMAND" : parameters.includes("--find-limit") ? " --find-limit" : ""
    }: its server inherits no variable of the user`,
    async () => {
      const data = await Deno.makeTempDir();
      try {
        await using bench = startProgram(["bench", ...parameters], {
          env: { ...USERS_VARIABLES, HUBBUB_DATA: data },
        });
        const [printed, errors] = [await bench.stdout.all(), await bench.stderr.all()];
        assertEquals([await bench.exit, errors], [0, isCommand ? errors : ""], printed + errors);
        assertEquals([...Deno.readDirSync(data)], []);
      } finally {
        await Deno.remove(data, { recursive: true });
      }
    },
  );
}
