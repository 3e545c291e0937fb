import { PROGRAM } from "../../tests/support/program.ts";
import { Tmux } from "../../tests/support/tmux.ts";
import { parseScreen } from "./screen.ts";
import { terminalSvg } from "./terminal_svg.ts";

/** A terminal with a shell in which `hubbub` is this program, to be shown in a picture. */
export class PictureTerminal implements AsyncDisposable {
  private constructor(
    private readonly terminal: Tmux,
    private readonly settings: string,
    private readonly columns: number,
    private readonly lines: number,
  ) {}

  /** Starts the shell. Its prompt has neither the name of the machine nor a folder. */
  static async start(columns: number, rows: number): Promise<PictureTerminal> {
    const settings = await Deno.makeTempFile({ prefix: "hubbub-shell-" });
    const words = PROGRAM.map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(
      settings,
      `unset NO_COLOR INIT_CWD PROMPT_COMMAND\nexport TZ=UTC DENO_NO_UPDATE_CHECK=1\n` +
        `PS1='\\[\\e[32m\\]$\\[\\e[0m\\] '\nhubbub() { ${words} "$@"; }\n`,
    );
    const terminal = await Tmux.run(`exec bash --noprofile --rcfile ${settings} -i`);
    await terminal.resize(columns, rows);
    await terminal.until(/^\$ $/m);
    return new PictureTerminal(terminal, settings, columns, rows);
  }

  /** Types a line and presses Enter. */
  line(text: string): Promise<void> {
    return this.terminal.line(text);
  }

  /** Types text without Enter, and waits until it is shown. */
  async type(text: string): Promise<void> {
    await this.terminal.type(text);
    await this.terminal.until(new RegExp(RegExp.escape(text)));
  }

  /** Presses keys by their tmux names. */
  press(...keys: string[]): Promise<string> {
    return this.terminal.press(...keys);
  }

  /** Waits until the screen shows something. */
  until(expected: RegExp): Promise<string> {
    return this.terminal.until(expected);
  }

  /** A picture of everything on the screen, and of what has scrolled away. */
  async picture(title: string): Promise<string> {
    const rows = parseScreen(await this.terminal.rows());
    return terminalSvg({ title, rows, columns: this.columns, lines: this.lines });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminal[Symbol.asyncDispose]();
    await Deno.remove(this.settings);
  }
}
