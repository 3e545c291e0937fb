import { assert, assertEquals, assertThrows } from "@std/assert";
import { comparedReport, renderHtml, renderText } from "../../bench/mod.ts";
import { parseOutput } from "../../cli/bench_report_files.ts";
import config from "../../deno.json" with { type: "json" };
import { PASSED } from "../bench/sample_result.ts";

const OUTPUT = {
  ...{ version: config.version, time: "2026-01-01T00:00:00.000Z", command: "hubbub bench" },
  machine: {
    ...{ os: "linux", osRelease: "6", arch: "x86_64", cpu: "A", cores: 2, memoryBytes: 1e9 },
    ...{ runtime: "Deno 2", v8: "15" },
  },
  ...PASSED,
};

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** The paths of all fields and of the first elements of all lists. */
function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const names = Array.isArray(value) ? Object.keys(value).slice(0, 1) : Object.keys(value);
  const inner = names.flatMap((name) =>
    pathsIn((value as Record<string, unknown>)[name], [...path, name])
  );
  return path.length === 0 ? inner : [path, ...inner];
}

/** A copy with one field replaced, or left out with `undefined`. */
function changed(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  const fields = value as Record<string, unknown>;
  const field = changed(fields[name], rest, by);
  if (Array.isArray(value)) return [field, ...value.slice(1)];
  return { ...fields, [name]: field };
}

Deno.test("kept runs: whatever stands in a field, it is refused with a sentence or can be shown", () => {
  const good = parseOutput(bytes(OUTPUT));
  const paths = pathsIn(OUTPUT);
  assert(paths.length > 150, `${paths.length}`);
  let refused = 0;
  for (const path of paths) {
    for (
      const by of [
        undefined,
        null,
        -5,
        1e308,
        -1e308,
        5e-324,
        "x",
        "\u001b[31m<b>",
        [],
        {},
        [null],
        true,
      ]
    ) {
      const about = `${path.join(".")} = ${JSON.stringify(by)}`;
      let output;
      try {
        output = parseOutput(bytes(changed(OUTPUT, path, by)));
      } catch (error) {
        assert(error instanceof RangeError && /\.$/.test(error.message), `${about}: ${error}`);
        refused++;
        continue;
      }
      const report = comparedReport([{ label: "a", output: good }, { label: "b", output }]);
      renderText(report);
      const page = renderHtml(report, { command: "", date: new Date(0), machine: [] });
      assert(
        !/NaN|Infinity|undefined|\[object/.test(page.replace(/<script>[^]*<\/script>/, "")),
        about,
      );
      assert(!page.includes("<b>"), about);
    }
  }
  assert(refused > paths.length, "a field with another type is refused");
});

Deno.test("kept runs: marks of byte order, line ends, and lines before the result", () => {
  const text = JSON.stringify(OUTPUT);
  const live = `{"type":"progress","time":""}\n${text}\n`;
  for (const each of [`\ufeff${text}`, `\r\n${text}\r\n`, live]) {
    assertEquals(parseOutput(new TextEncoder().encode(each)), parseOutput(bytes(OUTPUT)));
  }
});

Deno.test("kept runs: a file that was cut off anywhere says so", () => {
  const spaced = { ...OUTPUT, command: '} ] \\" {"\u{1f600}[\n' };
  const run = new TextEncoder().encode(JSON.stringify(spaced));
  const line = '{"type":"progress","time":""}\n';
  const live = new TextEncoder().encode(line + line + JSON.stringify(spaced));
  for (const whole of [run, new TextEncoder().encode(JSON.stringify(spaced, null, 2)), live]) {
    parseOutput(whole);
    for (let length = 20; length < whole.length; length++) {
      const { message } = assertThrows(
        () => parseOutput(whole.subarray(0, length)),
        RangeError,
        undefined,
        `${length} of ${whole.length} bytes`,
      ) as RangeError;
      assertEquals(message, "it is cut off in the middle. Copy it again, or repeat the run.");
    }
  }
});
