import { assertEquals } from "@std/assert";
import {
  FOREIGN_SHARE,
  GROWTH_MINUTES,
  judge,
  LOGIN_P99_MILLISECONDS,
  RESIDENT_BYTES,
  type Sample,
  type SoakResult,
  WHISPER_P50_MILLISECONDS,
  WHISPER_P99_MILLISECONDS,
} from "../../../tools/soak/judge.ts";
import type { HonestReport, Latencies } from "../../../tools/soak/messages.ts";

const latencies = (milliseconds: number): Latencies => ({
  ...{ p50: milliseconds, p99: milliseconds, max: milliseconds, count: 100 },
});

const HONEST: HonestReport = {
  type: "result",
  whisper: latencies(1),
  lag: latencies(0.5),
  login: latencies(200),
  loginsRefused: {},
  ledger: { sent: 10, acknowledged: 10, delivered: 90, lost: 0, doubled: 0, reordered: 0 },
  clients: 22,
  connected: 22,
  problems: [],
};

function samples(residentBytes: (second: number) => number, seconds = 60): Sample[] {
  return Array.from({ length: seconds }, (_, second) => ({
    ...{
      second: second + 1,
      residentBytes: residentBytes(second),
      descriptors: 300,
      isAnswered: true,
    },
  }));
}

const GOOD: SoakResult = {
  isPinned: true,
  foreignShare: 0,
  samples: samples(() => 200e6),
  descriptorsBefore: 60,
  descriptorsAfter: 61,
  eventLoopP99: 0.01,
  honest: HONEST,
  actions: { talker: { messages: 1000 } },
  refused: { http: 10 },
  diedWith: undefined,
  exitCode: 0,
  logLines: 100,
};

/** The names of the exceeded bounds. */
function exceeded(changes: Partial<SoakResult>): string[] {
  return judge({ ...GOOD, ...changes })
    .filter(({ verdict }) => verdict === "exceeded").map(({ what }) => what);
}

const verdictOf = (result: SoakResult, name: string) =>
  judge(result).find(({ what }) => what === name)!.verdict;

Deno.test("a run within all bounds exceeds none", () => {
  assertEquals(exceeded({}), []);
});

Deno.test("every bound is exceeded by the value that reaches it", () => {
  const honest = (changes: Partial<HonestReport>) => ({ honest: { ...HONEST, ...changes } });
  const ledger = (changes: Partial<HonestReport["ledger"]>) =>
    honest({ ledger: { ...HONEST.ledger, ...changes } });
  const whisper = (changes: Partial<Latencies>) =>
    honest({ whisper: { ...HONEST.whisper, ...changes } });
  const cases: [string, Partial<SoakResult>][] = [
    ["whisper p50", whisper({ p50: WHISPER_P50_MILLISECONDS })],
    ["whisper p99", whisper({ p99: WHISPER_P99_MILLISECONDS })],
    ["login p99", honest({ login: latencies(LOGIN_P99_MILLISECONDS) })],
    ["lost", ledger({ lost: 1 })],
    ["doubled", ledger({ doubled: 1 })],
    ["reordered", ledger({ reordered: 1 })],
    ["problems of honest clients", honest({ problems: ["honest-ba: skipped"] })],
    ["refused logins with the right password", honest({ loginsRefused: { too_busy: 1 } })],
    ["honest clients still connected", honest({ connected: 21 })],
    ["RSS maximum", { samples: samples((second) => second === 30 ? RESIDENT_BYTES : 1) }],
    ["descriptors after the clients left", { descriptorsAfter: 90 }],
    [
      "/metrics unanswered",
      { samples: GOOD.samples.map((sample, at) => ({ ...sample, isAnswered: at % 10 > 0 })) },
    ],
    ["server", { diedWith: 1 }],
    ["server", { exitCode: 1 }],
  ];
  for (const [what, changes] of cases) assertEquals(exceeded(changes), [what]);
});

Deno.test("a server that answers no whisper exceeds the bounds of latency", () => {
  const none: Latencies = { p50: null, p99: null, max: null, count: 0 };
  assertEquals(exceeded({ honest: { ...HONEST, whisper: none } }), ["whisper p50", "whisper p99"]);
});

Deno.test("a missing report of the honest clients exceeds their bounds", () => {
  assertEquals(exceeded({ honest: undefined }), [
    "lost",
    "doubled",
    "reordered",
    "problems of honest clients",
    "refused logins with the right password",
    "honest clients still connected",
  ]);
});

Deno.test("latencies are not judged without a core for the server", () => {
  const slow = { ...GOOD, honest: { ...HONEST, whisper: latencies(1000) } };
  assertEquals(verdictOf(slow, "whisper p50"), "exceeded");
  for (const changes of [{ isPinned: false }, { foreignShare: FOREIGN_SHARE + 0.01 }]) {
    assertEquals(verdictOf({ ...slow, ...changes }, "whisper p50"), "not judged");
    assertEquals(verdictOf({ ...slow, ...changes }, "whisper p99"), "not judged");
  }
});

Deno.test("a latency is not judged if the measuring process was later than its bound", () => {
  const lag = { ...latencies(1), p99: WHISPER_P99_MILLISECONDS + 1 };
  const late = { ...GOOD, honest: { ...HONEST, lag, whisper: latencies(1000) } };
  assertEquals(verdictOf(late, "whisper p50"), "exceeded");
  assertEquals(verdictOf(late, "whisper p99"), "not judged");
});

Deno.test("growth is judged in long runs, from the second third to the last", () => {
  const growing = (minutes: number) => ({
    ...GOOD,
    samples: samples((second) => 200e6 + second * 1e6, minutes * 60),
  });
  assertEquals(verdictOf(growing(GROWTH_MINUTES), "RSS growth per minute"), "exceeded");
  assertEquals(verdictOf(growing(GROWTH_MINUTES - 1), "RSS growth per minute"), "not judged");
  const warmingUp = {
    ...GOOD,
    samples: samples((second) => Math.min(200e6, second * 2e6), GROWTH_MINUTES * 60),
  };
  assertEquals(verdictOf(warmingUp, "RSS growth per minute"), "held");
});

Deno.test("growth is that per minute of the measured time, with whatever pauses of the samples", () => {
  const valueOf = (seconds: number, step: number) =>
    judge({
      ...GOOD,
      samples: samples(() => 0, seconds).map(({ second, ...sample }) => {
        const time = second * step;
        return { ...sample, second: time, residentBytes: 100e6 + time * 0.5e6 };
      }),
    }).find(({ what }) => what === "RSS growth per minute")!;
  for (const [seconds, step] of [[360, 1], [3600, 1], [600, 1.5]] as const) {
    const { value, verdict } = valueOf(seconds, step);
    assertEquals([value, verdict], ["30 MB", "exceeded"], `${seconds} samples, each ${step} s`);
  }
});
