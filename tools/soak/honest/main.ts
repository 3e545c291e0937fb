/**
 * The process of the honest clients. They measure, so it does nothing else.
 *
 * @module
 */

import { DeliveryLedger, LatencyRecorder } from "./measurements.ts";
import { type HonestAssignment, type HonestReport, NEIGHBOUR_PAIRS } from "../messages.ts";
import { report, untilDismissed } from "../processes.ts";
import { HonestClients } from "./honest_clients.ts";
import { Keeper, Neighbours } from "./probes.ts";

/** Milliseconds between two measurements of the lateness of this process's timers. */
const LAG_MILLISECONDS = 20;

/** Maximum time for messages in flight at the end, in milliseconds. */
const DRAIN_MILLISECONDS = 10_000;

const { port, tls } = JSON.parse(Deno.args[0]!) as HonestAssignment;
const ledger = new DeliveryLedger();
const clients = new HonestClients(ledger);
const roundTrips = new LatencyRecorder();
const neighbours = Array.from(
  { length: NEIGHBOUR_PAIRS },
  (_, pair) => new Neighbours(pair, roundTrips, (who, what) => clients.recordProblem(who, what)),
);
const keeper = new Keeper();
const lag = new LatencyRecorder();

await keeper.register(port);
await clients.enter(port, tls);
for (const pair of neighbours) await pair.enter(port);
clients.start();
for (const pair of neighbours) pair.start();
keeper.start(port);
let due = performance.now() + LAG_MILLISECONDS;
const lagTimer = setInterval(() => {
  lag.record(Math.max(0, performance.now() - due));
  due = performance.now() + LAG_MILLISECONDS;
}, LAG_MILLISECONDS);
send("ready");
const reports = setInterval(() => send("second"), 1000);

// Measurements before the hostile clients connect do not count.
await untilDismissed(() => {
  for (const recorder of [roundTrips, keeper.logins, lag]) recorder.restart();
});
clearInterval(reports);
clearInterval(lagTimer);
keeper.finish();
for (const pair of neighbours) pair.finish();
await clients.drain(DRAIN_MILLISECONDS);
send("result");
clients.close();
for (const pair of neighbours) pair.close();
Deno.exit(0);

function send(type: HonestReport["type"]): void {
  const isEnd = type === "result";
  const latencies = (recorder: LatencyRecorder) => isEnd ? recorder.whole() : recorder.takePart();
  const message: HonestReport = {
    type,
    whisper: latencies(roundTrips),
    lag: latencies(lag),
    login: keeper.logins.whole(),
    loginsRefused: keeper.refused,
    ledger: ledger.summary(),
    clients: clients.count + 2 * NEIGHBOUR_PAIRS,
    connected: clients.count - clients.closed +
      neighbours.reduce((sum, { closed }) => sum + 2 - closed, 0),
    problems: clients.problems,
  };
  report(message);
}
