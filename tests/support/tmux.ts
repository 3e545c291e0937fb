import { configHome } from "./config_home.ts";
import { shellWord } from "../../cli/shell_word.ts";
import { inheritedEnvironment, PROGRAM, PROJECT } from "./program.ts";

/** How long a screen may take to show what a test expects; only failing tests wait so long. */
const PATIENCE_MILLISECONDS = 120_000;

/** Whether tmux is there; says so once where it is not, since its tests are skipped then. */
export function hasTmux(): boolean {
  try {
    return new Deno.Command("tmux", { args: ["-V"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    console.log("skipping the terminal tests: tmux is not installed");
    return false;
  }
}

/** A real terminal, of 80 columns and 24 rows, in which the program runs. */
export class Tmux implements AsyncDisposable {
  readonly #configHome = configHome();
  readonly #socket = `hubbub-test-${Deno.pid}-${crypto.randomUUID()}`;

  /**
   * Starts the program with these parameters; its exit code is shown at the end.
   *
   * @param environment as a shell sets it, such as `NO_COLOR=1`.
   */
  static start(parameters: readonly string[], environment = ""): Promise<Tmux> {
    const command = [...PROGRAM, ...parameters].map(shellWord).join(" ");
    // The environment of the user and of the task that runs the tests does not change what they test.
    return Tmux.run(
      `unset NO_COLOR INIT_CWD; ${environment} ${command}; echo "exit code $?"; exec cat`,
    );
  }

  /** Runs a command line of a shell, in the project's folder. */
  static async run(command: string): Promise<Tmux> {
    const terminal = new Tmux();
    await terminal.#tmux(
      ...["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", PROJECT],
      command,
    );
    return terminal;
  }

  /** Types text unchanged. */
  type(text: string): Promise<string> {
    return this.#tmux("send-keys", "-l", "--", text);
  }

  /** Presses keys by their tmux names: `Enter`, `C-c`, `Up`. */
  press(...keys: string[]): Promise<string> {
    return this.#tmux("send-keys", ...keys);
  }

  /** Types a line and presses Enter. */
  async line(text: string): Promise<void> {
    await this.type(text);
    await this.press("Enter");
  }

  /** Pastes text, as a terminal does for a program that has asked for bracketed paste. */
  async paste(text: string): Promise<void> {
    await this.#tmux("set-buffer", "--", text);
    await this.#tmux("paste-buffer", "-p");
  }

  /**
   * Changes the size of the terminal, and waits until a program in it can know. tmux wraps its lines
   * anew before that, so what is drawn in between is drawn for the wrong width.
   */
  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
    const device = (await this.#tmux("display-message", "-p", "#{pane_tty}")).trim();
    const deadline = performance.now() + PATIENCE_MILLISECONDS;
    for (;;) {
      const { stdout } = await new Deno.Command("stty", { args: ["-F", device, "size"] }).output();
      if (new TextDecoder().decode(stdout).trim() === `${rows} ${columns}`) return;
      if (performance.now() > deadline) throw new Error(`${device} never had the new size`);
    }
  }

  /** What is on the screen; wrapped lines are joined, and what has scrolled away comes first. */
  screen(): Promise<string> {
    return this.#tmux("capture-pane", "-p", "-J", "-S", "-");
  }

  /** The same with the escape sequences of its colours. */
  colors(): Promise<string> {
    return this.#tmux("capture-pane", "-p", "-e", "-J", "-S", "-");
  }

  /** The same with wrapped lines in several rows. */
  rows(): Promise<string> {
    return this.#tmux("capture-pane", "-p", "-e", "-S", "-");
  }

  /** The program that reads what is typed, such as `bash`. */
  async foreground(): Promise<string> {
    return (await this.#tmux("display-message", "-p", "#{pane_current_command}")).trim();
  }

  /** The number of the process that the terminal was opened for. */
  async pid(): Promise<number> {
    return Number(await this.#tmux("display-message", "-p", "#{pane_pid}"));
  }

  /** Waits until the cursor is in a column, counted from 0: what was drawn around it is complete. */
  async untilCursorIn(column: number): Promise<void> {
    const deadline = performance.now() + PATIENCE_MILLISECONDS;
    for (;;) {
      const found = await this.#tmux("display-message", "-p", "#{cursor_x}");
      if (Number(found) === column) return;
      if (performance.now() > deadline) throw new Error(`Expected column ${column}, got ${found}`);
    }
  }

  /** Waits until the screen shows something, and returns it. */
  async until(expected: RegExp): Promise<string> {
    const deadline = performance.now() + PATIENCE_MILLISECONDS;
    while (true) {
      const screen = await this.screen();
      if (expected.test(screen)) return screen;
      if (performance.now() > deadline) throw new Error(`Expected ${expected} on:\n${screen}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }

  async #tmux(...parameters: string[]): Promise<string> {
    const { stdout, stderr, success } = await new Deno.Command("tmux", {
      args: ["-L", this.#socket, ...parameters],
      clearEnv: true,
      env: {
        ...inheritedEnvironment(),
        TERM: "xterm-256color",
        LANG: "C.UTF-8",
        XDG_CONFIG_HOME: this.#configHome,
      },
    }).output();
    if (!success) throw new Error(`tmux: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }
}
