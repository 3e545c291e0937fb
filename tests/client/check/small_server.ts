/** Small servers that are checked, in the test's own process. */

import net from "node:net";
import { type CheckResult, runChecks } from "../../../client/check/mod.ts";

/** Does something with each connection to a server, and checks that. */
export async function checkServer(
  serve: (socket: net.Socket) => void,
  patienceMilliseconds: number,
): Promise<{ title: string; results: CheckResult[] }> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  let title = "";
  const results: CheckResult[] = [];
  try {
    await runChecks({
      endpoint: { host: "127.0.0.1", port: (server.address() as net.AddressInfo).port },
      patienceMilliseconds,
      onRecognised: (recognised) => title = recognised,
      onResult: (result) => results.push(result),
      random: () => 0,
    });
  } finally {
    server.close();
  }
  return { title, results };
}

/** Answers what each read brings; bytes are a character each. */
export function answering(answer: (bytes: string) => string): (socket: net.Socket) => void {
  return (socket) => {
    socket.setEncoding("latin1");
    socket.on("data", (bytes: string) => socket.write(answer(bytes), "latin1"));
  };
}
