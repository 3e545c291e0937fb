import { assertEquals } from "@std/assert";
import { backlogResult, type LoadedListener } from "../../../bench/scenarios/backlog.ts";
import { IDLE_GENERATOR } from "../sample_result.ts";
import { type BacklogFacts, backlogSentence } from "../../../bench/results/sentences.ts";
import { BacklogWatch } from "../../../bench/monitoring/backlog_watch.ts";
import { connectSteps } from "../../../bench/results/connect_steps.ts";
import { renderText } from "../../../bench/reports/text.ts";
import { backlogReport } from "../../../bench/reports/connection_reports.ts";

const step = (fromMilliseconds: number, toMilliseconds: number, connections: number) => ({
  ...{ fromMilliseconds, toMilliseconds, connections },
});

Deno.test("backlog: connect times fall into the steps of the SYN's repetition", () => {
  assertEquals(connectSteps([]), []);
  assertEquals(connectSteps([3, 1, 2]), [step(1, 3, 3)]);
  assertEquals(connectSteps([1, 30, 1010, 1030.4, 3090, 7100]), [
    step(1, 30, 2),
    step(1010, 1030, 2),
    step(3090, 3090, 1),
    step(7100, 7100, 1),
  ]);
});

Deno.test("backlog: a slow connection without a repeated SYN is not counted as connected at once", () => {
  assertEquals(connectSteps([200, 480, 700]), [step(200, 480, 2), step(700, 700, 1)]);
});

const FACTS: BacklogFacts = {
  ...{ requested: 128, held: 129, clients: 300 },
  ...{ steps: [step(1, 4, 129), step(1010, 1040, 70), step(3080, 3100, 101)] },
  ...{ refused: 0, timedOut: 0, unserved: 0, interrupted: false },
};

const SENTENCES: readonly (readonly [string, Partial<BacklogFacts>, string])[] = [
  [
    "some wait",
    {},
    "Backlog 128 requested, 129 connections held. 300 clients: 129 connected at once, " +
    "171 after 1.0 to 3.1 s, none refused. Users see a delay of 3 seconds, but no error.",
  ],
  [
    "some wait, all equally long",
    { steps: [step(1, 4, 129), step(1010, 1040, 171)] },
    "Backlog 128 requested, 129 connections held. 300 clients: 129 connected at once, " +
    "171 after 1.0 s, none refused. Users see a delay of 1 second, but no error.",
  ],
  [
    "all at once",
    { clients: 100, held: 100, steps: [step(1, 4, 100)] },
    "Backlog 128 requested, 100 connections held. 100 clients: 100 connected at once, " +
    "none refused. Users see no delay.",
  ],
  [
    "some refused",
    { steps: [step(1, 4, 129)], refused: 171 },
    "Backlog 128 requested, 129 connections held. 300 clients: 129 connected at once, " +
    "171 refused. Some users see an error.",
  ],
  [
    "some run out of time",
    { steps: [step(1, 4, 129), step(1010, 1040, 70)], timedOut: 101 },
    "Backlog 128 requested, 129 connections held. 300 clients: 129 connected at once, " +
    "70 after 1.0 s, none refused, 101 timed out. " +
    "Users see a delay of 1 second, and some of them a timeout.",
  ],
  [
    "some are connected and never served",
    { unserved: 42 },
    "Backlog 128 requested, 129 connections held. 300 clients: 129 connected at once, " +
    "171 after 1.0 to 3.1 s, none refused, 42 connected but never served. " +
    "Users see a delay of 3 seconds, and some of them a connection without an answer.",
  ],
  [
    "errors and timeouts, and no connection",
    { clients: 3, held: 0, steps: [], refused: 1, timedOut: 2 },
    "Backlog 128 requested, 0 connections held. 3 clients: none connected at once, 1 refused, " +
    "2 timed out. Some users see an error or a timeout.",
  ],
  [
    "the run is ended early",
    { steps: [step(1, 4, 129)], timedOut: 171, interrupted: true },
    "Backlog 128 requested, 129 connections held. 300 clients: 129 connected at once, " +
    "none refused, 171 still waiting. " +
    "The run was interrupted before the effect on users was known.",
  ],
  [
    "the queue cannot be seen",
    { held: null, clients: 1, steps: [step(1, 1, 1)] },
    "Backlog 128 requested. 1 client: 1 connected at once, none refused. Users see no delay.",
  ],
  [
    "the listener of another program",
    { requested: null, held: null, steps: [step(1, 1, 300)] },
    "300 clients: 300 connected at once, none refused. " +
    "No client had to wait; bench connect measures whether they are served.",
  ],
];

for (const [what, facts, sentence] of SENTENCES) {
  Deno.test(`backlog: the sentence when ${what}`, () => {
    assertEquals(backlogSentence({ ...FACTS, ...facts }), sentence);
  });
}

Deno.test("backlog: the deepest look counts, and the counters' change", async () => {
  const listener = (depth: string) =>
    `head\n 0: 0100007F:1F90 00000000:0000 0A 00000000:${depth} 00:0 0 0 0 1\n`;
  let books: Record<string, string> = {};
  const book = (depth: string, overflows: number) => ({
    "/proc/net/tcp": listener(depth),
    "/proc/net/netstat": `TcpExt: ListenOverflows ListenDrops\nTcpExt: ${overflows} 7\n`,
    "/proc/sys/net/core/somaxconn": "4096\n",
  });
  books = book("00000000", 100);
  const watch = await BacklogWatch.start(8080, (path) => Promise.resolve(books[path]));
  for (const depth of ["00000081", "00000010"]) {
    books = book(depth, 684);
    await watch.look();
  }
  assertEquals(await watch.figures(), {
    ...{ somaxconn: 4096, held: 129, listenOverflows: 584, listenDrops: 0 },
    synRetransmissions: null,
  });
});

const OPTIONS: LoadedListener = {
  ...{ backlog: 511, connections: 2, holdSeconds: 2.5, timeoutSeconds: 10 },
  ...{ target: { host: "127.0.0.1", port: 1 }, isOwn: true },
};
const MEASURED = {
  own: { times: { connected: [1, 2], greeted: [5, 6], joined: [5, 6] } },
  ...{ errors: [], interrupted: false, generator: IDLE_GENERATOR },
};
const NO_FIGURES = {
  ...{ somaxconn: null, held: null, listenOverflows: null, listenDrops: null },
  synRetransmissions: null,
};

Deno.test("backlog: clients without a result at Ctrl+C count as waiting", () => {
  const options = { ...OPTIONS, connections: 5 };
  const { sentence } = backlogResult(options, { ...MEASURED, interrupted: true }, NO_FIGURES);
  assertEquals(
    sentence.includes("2 connected at once, none refused, 3 still waiting"),
    true,
    sentence,
  );
});

Deno.test("backlog: somaxconn caps the queue; one more is held", () => {
  const effective = (somaxconn: number) =>
    backlogResult(OPTIONS, MEASURED, { ...NO_FIGURES, somaxconn }).effectiveBacklog;
  assertEquals([4096, 128].map(effective), [512, 129]);
});

Deno.test("backlog: figures that a platform does not report are named and left out", () => {
  const result = backlogResult(OPTIONS, MEASURED, NO_FIGURES);
  assertEquals(result.unavailable, [
    ...["somaxconn", "effectiveBacklog", "held"],
    ...["listenOverflows", "listenDrops", "synRetransmissions"],
  ]);
  const report = renderText(backlogReport(result));
  assertEquals(
    report.includes("Not available on this system: somaxconn, effectiveBacklog"),
    true,
    report,
  );
  assertEquals(report.includes("ListenDrops"), false);
  assertEquals(report.includes("null"), false);
});

Deno.test("backlog: of another program's listener only the connections are reported, with a line about it", () => {
  const result = backlogResult({ ...OPTIONS, isOwn: false }, {
    ...MEASURED,
    own: { times: { connected: [1, 2], greeted: [], joined: [] } },
  }, NO_FIGURES);
  assertEquals([result.requestedBacklog, result.holdSeconds], [null, null]);
  const report = renderText(backlogReport(result));
  assertEquals(report.includes("The accept queue was not measured"), true, report);
  assertEquals(report.includes("Accept queue"), false, report);
  assertEquals(report.includes("never served"), false, report);
});
