import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import type { KeptOutput, KeptRuns } from "../bench/mod.ts";
import config from "../deno.json" with { type: "json" };
import schema from "../docs/bench.schema.json" with { type: "json" };
import { cleanLine } from "../protocol/text.ts";
import { CliError, EXIT, fileFault } from "./exit.ts";
import { type JsonSchema, shapeFault } from "./json_shape.ts";
import { readNamedFile } from "./text_file.ts";

const SCHEMA = schema as unknown as JsonSchema;

/** Advice in errors about the content of a file. */
const ADVICE = "Give files that bench --json has written.";
const CUT_OFF = "it is cut off in the middle. Copy it again, or repeat the run.";

/**
 * Reads runs that were kept, and checks that every field is there that a report needs.
 *
 * @throws {CliError} with the name of the file and what to do.
 */
export async function readKeptRuns(paths: readonly string[]): Promise<KeptRuns[]> {
  await refuseDoubles(paths);
  const labels = labelsOf(paths);
  const kept: KeptRuns[] = [];
  for (const [index, path] of paths.entries()) {
    const bytes = await readNamedFile(path).catch((error: Error) => {
      const isLarge = error instanceof RangeError;
      throw unusable(path, error, isLarge ? `${error.message}. ${ADVICE}` : fileFault(error));
    });
    try {
      kept.push({ label: labels[index]!, output: parseOutput(bytes) });
    } catch (error) {
      if (error instanceof RangeError) throw unusable(path, error, error.message);
      throw error;
    }
  }
  return kept;
}

function unusable(path: string, cause: Error, reason: string): CliError {
  return new CliError(`Cannot use ${cleanLine(path)}: ${reason}`, EXIT.usage, { cause });
}

/** @throws {CliError} for a file that is named twice, also by different paths. */
async function refuseDoubles(paths: readonly string[]): Promise<void> {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const real = await realpath(path).catch(() => path);
    const earlier = seen.get(real);
    if (earlier !== undefined) {
      const names = earlier === path ? path : `${earlier} and ${path}`;
      const what = earlier === path ? "is given twice" : "are the same file";
      throw new CliError(`${cleanLine(names)} ${what}: give each run once.`, EXIT.usage);
    }
    seen.set(real, path);
  }
}

/** The names of files without folder and ending; whole paths where these are not different. */
function labelsOf(paths: readonly string[]): string[] {
  const short = paths.map((path) => cleanLine(basename(path).replace(/\.jsonl?$/, "")));
  return new Set(short).size === paths.length ? short : paths.map(cleanLine);
}

/**
 * The output of `--json`, or the last line of `--live-json`.
 *
 * @throws {RangeError} with a sentence about the file.
 */
export function parseOutput(bytes: Uint8Array): KeptOutput {
  // Shells of Windows write UTF-16.
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(bytes).trim();
  if (text === "") throw new RangeError(`it is empty. ${ADVICE}`);
  const isLive = text.startsWith('{"type":"progress"');
  const output = parseJson(isLive ? text.slice(text.lastIndexOf("\n") + 1) : text);
  if (isLive && (output as { readonly type?: unknown } | null)?.type === "progress") {
    throw new RangeError(CUT_OFF);
  }
  const fault = faultOf(output);
  if (fault === undefined) return output as KeptOutput;
  const version = (output as { readonly version?: unknown } | null)?.version;
  if (fault === "" || typeof version !== "string") {
    throw new RangeError(`it has no run of the load tester. ${ADVICE}`);
  }
  const advice = `"${fault}" is missing or of another type. Repeat the run`;
  throw new RangeError(
    version === config.version
      ? `it was changed or damaged: ${advice}.`
      : `it is of hubbub ${cleanLine(version)}: ${advice} with this version, ${config.version}.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError(
      isCutOff(text) ? CUT_OFF : `it is not JSON. ${ADVICE}`,
    );
  }
}

/** Whether a JSON object ends inside of a bracket or of a string. */
function isCutOff(text: string): boolean {
  if (!text.startsWith("{")) return false;
  let depth = 0;
  let isString = false;
  for (let place = 0; place < text.length; place++) {
    const character = text[place]!;
    if (isString) {
      if (character === "\\") place++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if ("{[".includes(character)) depth++;
    else if ("}]".includes(character)) depth--;
  }
  return isString || depth > 0;
}

/** The path of the first field of an output that is not as it has to be; empty if it is no output. */
function faultOf(output: unknown): string | undefined {
  if (typeof output !== "object" || output === null || Array.isArray(output)) return "";
  if ("curve" in output) return shapeFaultOf(output, "LimitOutput");
  if (!("runs" in output)) return runFault(output, "Output");
  const { runs, others = [] } = output as { readonly runs: unknown; readonly others?: unknown };
  if (!Array.isArray(runs) || !Array.isArray(others) || runs.length === 0) return "runs";
  const context = shapeFaultOf({ ...output, runs: [], others: [] }, "RunsOutput");
  if (context !== undefined) return context;
  for (const [index, run] of [...runs, ...others].entries()) {
    const place = `runs[${index}]`;
    const fault = runFault(run, "Result");
    if (fault !== undefined) return fault === "" ? place : `${place}.${fault}`;
    if (run.scenario !== runs[0].scenario) return `${place}.scenario`;
  }
  return undefined;
}

/** The same of one run: an output with its context, or a result without it. */
function runFault(run: unknown, what: "Output" | "Result"): string | undefined {
  const scenario = (run as { readonly scenario?: unknown } | null)?.scenario;
  if (scenario === "broadcast" || scenario === "echo") {
    return shapeFaultOf(run, what === "Output" ? "RunOutput" : "BenchmarkResult");
  }
  if (typeof scenario !== "string") return "";
  const name = scenario.charAt(0).toUpperCase() + scenario.slice(1) + what;
  return Object.hasOwn(SCHEMA.definitions!, name) ? shapeFaultOf(run, name) : "";
}

function shapeFaultOf(value: unknown, definition: string): string | undefined {
  return shapeFault(value, { $ref: `#/definitions/${definition}` }, SCHEMA);
}
