import { runTail } from "../client/scripts/tail.ts";
import { connectionOf, endWith } from "./connection.ts";
import type { TAIL } from "./options/clients.ts";
import type { Run } from "./options/command_line.ts";
import { resolveServer } from "./server_target.ts";
import { stopOnInterrupt } from "./signals.ts";
import { standardErrors, standardOutput } from "./node_streams.ts";

/** `hubbub tail`: the messages of a room, as they arrive. */
export const tail: Run<typeof TAIL.options> = async (given, words) => {
  const { address, settings: { values } } = resolveServer(given, [words[0], words[1]]);
  const { name, since, json, timestamps, follow } = values;
  const outcome = await runTail({
    ...connectionOf(address, values),
    ...(name === undefined ? undefined : { name }),
    ...(since === undefined ? undefined : { since }),
    json,
    timestamps,
    follow,
    output: standardOutput(),
    errors: standardErrors,
    stop: stopOnInterrupt(),
  });
  endWith(outcome, words[0]);
};
