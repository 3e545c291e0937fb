/// <reference lib="deno.worker" />

import { runRange, type SeedRange } from "./seeds.ts";

self.onmessage = async ({ data }: MessageEvent<SeedRange>) => {
  await runRange(data, (result) => self.postMessage(result));
  self.postMessage("done");
};
