/** The manual pages are complete and valid, and print what the definitions say. */

import { Command, type CommandUnknownOpts } from "../../cli/options/commander.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { program } from "../../cli/main.ts";
import { EXIT } from "../../cli/exit.ts";
import { commandOf } from "../../cli/options/command_line.ts";
import { command } from "../../cli/options/table.ts";
import { choice, text } from "../../cli/options/values.ts";
import { manualPages } from "../../tools/release/man_pages.ts";
import { withEmptyFolder } from "../../tools/repository.ts";
import { hasCommand, run } from "../support/commands.ts";

const EDITION = { version: "1.2.3", time: new Date("2026-11-30") };

/** A definition with everything that it may hold, and with signs that roff takes for its own. */
const PAINT = command({
  name: "paint",
  summary: "paint Ann's wall",
  description: 'Paints.\n\nColours:\n  red     C:\\red\n  blue    .blue\n\nEnd of "it".',
  arguments: [{ usage: "<what>", help: "the thing", choices: ["wall", "door"] }],
  options: {
    speed: {
      takes: "value",
      short: "-s",
      group: "Pace:",
      placeholder: "<how>",
      help: "how fast",
      default: "slow",
      parse: choice(["slow", "fast"]),
    },
    key: { takes: "value", placeholder: "<text>", help: "a secret", variables: [], parse: text },
    primer: { takes: "flag", help: "without a primer", default: "yes" },
    plan: { takes: "value", placeholder: "<file>", help: "x", isHidden: true, parse: text },
  },
  notes: `A note.

Examples:
  paintbox paint 'a b' --speed fast ~/x

Exit codes: 0 dry, 1 wet.`,
});

const PAGE = manualPages(
  new Command("paintbox").addCommand(commandOf(PAINT, () => Promise.reject(new Error("not run")))),
  EDITION,
).get("paintbox-paint.1")!;

Deno.test("manual pages: a page has all that a definition holds, and no hidden option", () => {
  assertEquals(
    PAGE,
    String.raw`.TH "PAINTBOX\-PAINT" 1 2026-11-30 "hubbub 1.2.3" "hubbub manual"
.nh
.ad l
.SH NAME
paintbox\-paint \-
paint Ann\(aqs wall
.SH SYNOPSIS
\fBpaintbox paint\fR [options] <what>
.SH "DESCRIPTION"
Paints.
.PP
Colours:
.PP
.nf
.RS 2
red     C:\ered
blue    .blue
.RE
.fi
.PP
End of "it".
.SH "ARGUMENTS"
.TP
\fI<what>\fR
The thing. One of: wall, door.
.SH "OPTIONS"
.SS "Pace"
.TP
\fB\-s\fR, \fB\-\-speed\fR \fIhow\fR
How fast. One of: slow, fast. Default: slow. Environment: HUBBUB_SPEED.
.SS "Other options"
.TP
\fB\-\-key\fR \fItext\fR
A secret.
.TP
\fB\-\-no\-primer\fR
Without a primer. Environment: HUBBUB_NO_PRIMER.
.TP
\fB\-h\fR, \fB\-\-help\fR
Display the help.
.SH "NOTES"
A note.
.SH "EXIT STATUS"
0 dry, 1 wet.
.SH "EXAMPLES"
.nf
.RS 2
paintbox paint \(aqa b\(aq \-\-speed fast \(tix
.RE
.fi
.SH "SEE ALSO"
\fBpaintbox\fR(1)
`.replace("\\(tix", "\\(ti/x"),
  );
});

const commands = await program();
const pages = manualPages(commands, EDITION);

/** A page without the marks of fonts and the escapes of hyphens. */
function plain(page: string): string {
  return page.replaceAll(/\\f[BIR]/g, "").replaceAll("\\-", "-").replaceAll("\\(aq", "'");
}

Deno.test("manual pages: each command has one, with every option of its help", () => {
  const check = (command: CommandUnknownOpts, words: string) => {
    const page = plain(pages.get(`${words.replaceAll(" ", "-")}.1`)!);
    const help = command.createHelp();
    for (const { long, short } of help.visibleOptions(command)) {
      for (const name of [long, short]) {
        if (name) assert(new RegExp(`^(-., )?${name}\\b`, "m").test(page), `${words} ${name}`);
      }
    }
    for (const { name } of command.registeredArguments.map((each) => ({ name: each.name() }))) {
      assertStringIncludes(page, name, words);
    }
    for (const inner of command.commands) check(inner, `${words} ${inner.name()}`);
    return command;
  };
  check(commands, "hubbub");
  assertEquals(pages.size, 1 + namesBelow(commands));
  for (const code of Object.values(EXIT)) assertStringIncludes(pages.get("hubbub.1")!, `fB${code}`);
});

function namesBelow(command: CommandUnknownOpts): number {
  return command.commands.reduce((sum, inner) => sum + 1 + namesBelow(inner), 0);
}

/** Runs a function with the files of the pages, those of the example too. */
function withFiles(use: (paths: readonly string[]) => Promise<void>): Promise<void> {
  return withEmptyFolder(async (folder) => {
    const all = [...pages, ["paintbox-paint.1", PAGE] as const];
    for (const [name, page] of all) await Deno.writeTextFile(join(folder, name), page);
    await use(all.map(([name]) => join(folder, name)));
  });
}

Deno.test({
  name: "manual pages: mandoc finds no fault, and shows the texts unchanged",
  ignore: !hasCommand("mandoc", "-V"),
  fn: () =>
    withFiles(async (paths) => {
      const { stdout, stderr } = await run("mandoc", "-T", "lint", ...paths);
      assertEquals(stdout + stderr, "");
      const example = await run("mandoc", "-T", "ascii", "-O", "width=78", paths.at(-1)!);
      for (const line of ["C:\\red", ".blue", "paintbox paint 'a b' --speed fast ~/x"]) {
        assertStringIncludes(example.stdout, line);
      }
    }),
});

Deno.test({
  name: "manual pages: man, which uses groff, prints them without a warning",
  ignore: !hasCommand("man", "--version") || !hasCommand("groff", "--version"),
  fn: () =>
    withFiles(async (paths) => {
      for (const path of paths) {
        const { code, stdout, stderr } = await run("man", "--warnings", "-l", path);
        assertEquals({ code, stderr }, { code: 0, stderr: "" }, path);
        assertStringIncludes(stdout, "NAME", path);
      }
    }),
});
