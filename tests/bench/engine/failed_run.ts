/** A program whose run fails while its threads wait for messages that are due. */

import { runScenario } from "../../../bench/mod.ts";
import { FixtureServer } from "../fixture_server.ts";

const server = new FixtureServer();
const target = await server.listen();
try {
  await runScenario("restart", {
    ...{ target, profile: "json", connections: 4, senders: 2, messagesPerSecond: 50 },
    ...{ payloadBytes: 64, timeoutSeconds: 2, downSeconds: 0, retrySeconds: 1 },
    durationSeconds: 0.1,
  }, {
    services: { kill: () => Promise.reject(new Error("no kill")), start: () => Promise.resolve() },
  });
} catch (error) {
  console.log(String(error));
}
await server.close();
