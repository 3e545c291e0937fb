/**
 * The process of the honest clients. They measure, so it does nothing else.
 *
 * @module
 */

import { DeliveryLedger, LatencyRecorder } from "./measurements.ts";
import type { HonestAssignment, HonestReport } from "../messages.ts";
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
const neighbours = new Neighbours((who, what) => clients.recordProblem(who, what));
const keeper = new Keeper();
const lag = new LatencyRecorder();

await keeper.register(port);
await clients.enter(port, tls);
await neighbours.enter(port);
clients.start();
neighbours.start();
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
  for (const recorder of [neighbours.roundTrips, keeper.logins, lag]) recorder.restart();
});
clearInterval(reports);
clearInterval(lagTimer);
keeper.finish();
neighbours.finish();
await clients.drain(DRAIN_MILLISECONDS);
send("result");
clients.close();
neighbours.close();
Deno.exit(0);

function send(type: HonestReport["type"]): void {
  const isEnd = type === "result";
  const latencies = (recorder: LatencyRecorder) => isEnd ? recorder.whole() : recorder.takePart();
  const message: HonestReport = {
    type,
    whisper: latencies(neighbours.roundTrips),
    lag: latencies(lag),
    login: keeper.logins.whole(),
    loginsRefused: keeper.refused,
    ledger: ledger.summary(),
    clients: clients.count + 2,
    connected: clients.count + 2 - clients.closed - neighbours.closed,
    problems: clients.problems,
  };
  report(message);
}
