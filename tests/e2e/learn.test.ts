/** `hubbub learn` on a terminal, with a learner who types in others. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { connect } from "node:net";
import { existsSync, readFileSync } from "node:fs";
import { hasCommand } from "../support/commands.ts";
import { configHome } from "../support/config_home.ts";
import { eventually } from "../support/eventually.ts";
import { holdLessonPorts } from "../support/lesson_ports.ts";
import { shellWord } from "../../cli/shell_word.ts";
import { PROGRAM, PROGRAM_NAME, runProgram, startProgram } from "../support/program.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const canLearn = hasTmux() && hasCommand("nc", "-h");

/** A learner with the lessons in one terminal and a shell in others. */
class Learner implements AsyncDisposable {
  readonly #shells: Tmux[] = [];

  private constructor(readonly lessons: Tmux, private readonly ports: Disposable) {}

  /** Starts the lessons. @param home the configuration folder. */
  static async start(home: string, words: string[] = [], variables = ""): Promise<Learner> {
    const environment = `XDG_CONFIG_HOME='${home}' ${variables}`;
    const ports = holdLessonPorts();
    return new Learner(await Tmux.start(["learn", ...words], environment), ports);
  }

  /** Opens another terminal. */
  async shell(): Promise<Tmux> {
    const shell = await Tmux.run("env PS1='$ ' bash --norc --noprofile");
    this.#shells.push(shell);
    await shell.until(/\$ $/m);
    return shell;
  }

  /** The port of the server that runs, as the text has it. */
  async port(): Promise<number> {
    const screen = await this.lessons.until(/Listening on \S+:\d+/);
    return Number([...screen.matchAll(/Listening on \S+:(\d+)/g)].at(-1)![1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const shell of this.#shells) {
      // Not only the terminal: what runs in it has to end, too.
      await shell.press("C-c");
      await shell[Symbol.asyncDispose]();
    }
    await this.lessons[Symbol.asyncDispose]();
    this.ports[Symbol.dispose]();
  }
}

/** Waits until no program listens on a port. */
async function untilClosed(port: number): Promise<void> {
  await eventually(() =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("connect", () => {
        socket.destroy();
        resolve(false);
      });
      socket.on("error", () => resolve(true));
    }), `nothing to listen on ${port}`);
}

Deno.test({
  name: "a learner does three lessons by their commands, leaves, and continues",
  ignore: !canLearn,
  async fn() {
    const home = configHome();
    {
      await using learner = await Learner.start(home);
      const { lessons } = learner;
      const two = await learner.shell();

      // Lesson 1
      await lessons.until(/Lesson 1 of 15: A socket[^]*Waiting until a client connects/);
      await two.line(`nc 127.0.0.1 ${await learner.port()}`);
      await lessons.until(/✓ A client has connected\.[^]*Waiting until "Hello" arrives/);
      await two.line("Helo");
      await lessons.until(/"Helo" is something else\./);
      await two.line("Hello");
      await lessons.until(/✓ "Hello" has arrived\.[^]*Waiting until a connection ends/);
      assertStringIncludes(await two.screen(), "Server received: Hello");
      await two.press("C-c");
      await lessons.until(/✓ The connection has ended\.[^]*Your answer: a, b, c/);
      await lessons.press("a");
      await lessons.until(/✗ A is not right/);
      await lessons.press("b");
      await lessons.until(/✓ B is right[^]*Enter: lesson 2/);
      await lessons.press("Enter");

      // Lesson 2
      await lessons.until(/Lesson 2 of 15[^]*Look at it/);
      await lessons.press("Enter");
      await lessons.until(/Waiting until a client connects, "/);
      await two.line(`echo Hello | timeout 2 nc 127.0.0.1 ${await learner.port()}`);
      await lessons.until(/✓ A client has connected\. "Hello" has arrived\. The connection/);
      await lessons.until(/Can the same number[^]*Look at it/);
      await lessons.press("Enter");
      await lessons.until(/Your answer: a, b, c · x/);
      await lessons.press("c");
      await lessons.until(/✓ C is right[^]*Enter: lesson 3/);
      await lessons.press("Enter");

      // Lesson 3
      await lessons.until(/Lesson 3 of 15[^]*Look at it/);
      await lessons.press("Enter");
      const screen = await lessons.until(
        /nc -u 127\.0\.0\.1 \d+[^]*Waiting until "the first card"/,
      );
      await two.line(/nc -u 127\.0\.0\.1 \d+/.exec(screen)![0]);
      await two.line("the first card");
      await two.line("the second card");
      await lessons.until(/1 │ the first card\n[^]*1 │ the second card\n[^]*Enter: continue/);
      await lessons.press("Enter");
      await two.press("C-c");
      await lessons.until(/Terminal 2, press:[^]*Look at it/);
      await lessons.press("Enter");
      await lessons.until(/Why does a chat use TCP[^]*Your answer/);
      await lessons.press("c");
      await lessons.until(/✓ C is right[^]*Enter: lesson 4/);
      await lessons.press("Enter");

      // In lesson 4 the learner leaves.
      await lessons.until(/Lesson 4 of 15[^]*Waiting until a client connects/);
      const port = await learner.port();
      await lessons.press("q");
      await lessons.until(new RegExp(`Continue with: ${PROGRAM_NAME} learn\nexit code 0`));
      await untilClosed(port);
    }
    const { stdout } = await runProgram(["learn", "--list"], { env: { XDG_CONFIG_HOME: home } });
    assertMatch(stdout, /✓ {2}1 {2}A socket is like a telephone \(answered with choice 2\)/);
    assertMatch(stdout, /✓ {2}3 {2}TCP and UDP \(answered at once\)/);
    assertMatch(stdout, /> {2}4 {2}What blocks.*\(you are here\)/);

    await using learner = await Learner.start(home);
    await learner.lessons.until(/Lesson 4 of 15[^]*Waiting until a client connects/);
    await learner.lessons.press("C-c");
    await learner.lessons.until(/exit code 0/);
  },
});

Deno.test({
  name: "clients that wait in the queue are noticed, and served when the first one has gone",
  ignore: !canLearn || Deno.build.os !== "linux",
  async fn() {
    await using learner = await Learner.start(configHome(), ["4"]);
    const { lessons } = learner;
    const [two, three, four] = [
      await learner.shell(),
      await learner.shell(),
      await learner.shell(),
    ];
    await lessons.until(/Waiting until a client connects/);
    const call = `nc 127.0.0.1 ${await learner.port()}`;
    await two.line(call);
    await lessons.until(/Waiting until "I am first"/);
    await two.line("I am first");
    await lessons.until(/Waiting until a client waits in the queue/);
    await three.line(call);
    await lessons.until(/✓ A client waits in the queue\.[^]*Look at it/);
    await three.line("I am second");
    await lessons.press("Enter");
    await lessons.until(/Waiting until 2 clients wait in the queue/);
    await four.line(call);
    await lessons.until(/✓ 2 clients wait in the queue\.[^]*I am third[^]*Look at it/);
    await lessons.press("Enter");
    await lessons.until(/Ask the system in a fifth terminal[^]*Look at it/);
    await lessons.press("Enter");
    await lessons.until(/Waiting until a connection ends, "/);
    await two.press("C-c");
    await lessons.until(/✓ The connection has ended\. "I am second" has arrived\./);
  },
});

Deno.test({
  name: "a narrow terminal without colours gets wrapped text and no control sequences",
  ignore: !canLearn || !hasCommand("script", "--version"),
  async fn() {
    const words = [...PROGRAM, "learn", "1"].map(shellWord).join(" ");
    const folder = configHome();
    const recorded = `${folder}.typescript`;
    await using terminal = await Tmux.run(
      `stty cols 40 rows 30; export NO_COLOR=1 TERM=dumb XDG_CONFIG_HOME='${folder}'; ` +
        `script -q -c ${shellWord(`stty cols 40; ${words}`)} '${recorded}'; exec cat`,
    );
    await terminal.until(/Waiting until a client connects/);
    await terminal.press("q");
    await eventually(
      () => existsSync(recorded) && readFileSync(recorded, "utf8").includes("Continue with"),
      "the end",
    );
    const text = readFileSync(recorded, "utf8");
    const shown = text.slice(text.indexOf("  Lesson 1 of 15"), text.indexOf("Continue with"));
    assert(!shown.includes("\x1b"), JSON.stringify(shown));
    const lines = shown.split(/\r?\n/);
    // Commands and what servers print are longer: they are to be copied.
    const prose = lines.filter((line) => /^ {2}[A-Z(]/.test(line) && !line.includes("Waiting"));
    assert(prose.length > 5, shown);
    assertEquals(prose.filter((line) => line.length > 40), []);
    assertMatch(shown.replace(/\s+/g, " "), /\(A drawing is left out: it is \d+ columns wide\.\)/);
    Deno.removeSync(recorded);
  },
});

Deno.test({
  name: "a lesson whose port is in use takes another one, and its text shows it",
  ignore: !canLearn,
  async fn() {
    await using learner = await Learner.start(configHome(), ["1"]);
    const screen = await learner.lessons.until(/Waiting until a client connects/);
    const [, other] = /Port 8080 is in use on this machine: here it is port (\d+)\./.exec(screen) ??
      [];
    assertMatch(screen, new RegExp(`hubbub echo --port ${other} --prefix`));
    assertMatch(screen, new RegExp(`nc 127\\.0\\.0\\.1 ${other}\n`));
    assertEquals(await learner.port(), Number(other));
  },
});

Deno.test({
  name: "whatever ends the lessons ends their servers",
  ignore: !canLearn || Deno.build.os === "windows",
  async fn() {
    for (const signal of ["TERM", "HUP", "KILL"]) {
      await using learner = await Learner.start(configHome(), ["1"]);
      await learner.lessons.until(/Waiting until a client connects/);
      const port = await learner.port();
      const shell = await learner.shell();
      // The shell of the terminal is the parent of the program.
      const parent = await learner.lessons.pid();
      await shell.line(`pkill -${signal} -P ${parent}`);
      await untilClosed(port);
    }
  },
});

Deno.test("in a pipe a lesson is text, and the program ends", async () => {
  const env = { XDG_CONFIG_HOME: configHome() };
  const { code, stdout, stderr } = await runProgram(["learn", "7"], { env, input: "" });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^ {2}Lesson 7 of 15: One send is not one message\n/);
  assertMatch(stdout, /\n {2}Answer: A\n/);
  assert(!stdout.includes("\x1b"));
  assert(!existsSync(`${env.XDG_CONFIG_HOME}/hubbub/learn.json`), "reading is no progress");
});

Deno.test("a damaged file makes the learner begin, with a sentence", async () => {
  const home = configHome();
  Deno.mkdirSync(`${home}/hubbub`, { recursive: true });
  Deno.writeTextFileSync(`${home}/hubbub/learn.json`, '{"version":1,"lesson":9,"st');
  const { code, stdout, stderr } = await runProgram(["learn"], {
    env: { XDG_CONFIG_HOME: home },
    input: "",
  });
  assertEquals(code, 0);
  assertMatch(stderr, /^The progress in .*learn\.json is damaged: you begin at lesson 1\. /);
  assertMatch(stdout, /^ {2}Lesson 1 of 15/);
});

/** Words that cannot be used, the exit code and the error. */
const FAULTS: readonly (readonly [string[], number, RegExp])[] = [
  [["77"], 2, /^Invalid lesson "77": expected a whole number from 1 to 15\. learn --list lists/],
  [["0"], 2, /^Invalid lesson "0"/],
  [["seven"], 2, /^Invalid lesson "seven"/],
  [["--join", "127.0.0.1:8090"], 2, /^Cannot join a class without a name: give --name/],
  [
    ["--join", "127.0.0.1:8090", "--name", "Ann"],
    2,
    /^Cannot join a class without a terminal: .* Leave out --join to print the lesson\.$/m,
  ],
  [["--port", "8091"], 2, /^Cannot use --host and --port without --class/],
  [["--class", "--join", "127.0.0.1"], 2, /^Cannot use --class together with --join\./],
  [["--name", "[x]", "--join", "127.0.0.1"], 2, /^Invalid --name "\[x\]"/],
  [["--class", "--host", "192.0.2.1", "--port", "0"], 3, /^Cannot listen on 192\.0\.2\.1:0: /],
];

for (const [words, expected, error] of FAULTS) {
  Deno.test(`learn ${words.join(" ")} is refused with exit code ${expected}`, async () => {
    const { code, stderr } = await runProgram(["learn", ...words], { input: "" });
    assertEquals([code, error.test(stderr)], [expected, true], stderr);
  });
}

Deno.test({
  name: "a teacher sees where the learners are, until they leave and the class ends",
  ignore: !canLearn,
  async fn() {
    await using teacher = startProgram(["learn", "--class", "--host", "127.0.0.1", "--port", "0"]);
    const [, page] = await teacher.stdout.until(/your browser {3}(\S+)\n/);
    const [, join] = await teacher.stdout.until(/learners type .*(--join \S+) --name Ann\n/);
    const seen = async () => await (await fetch(page!)).text();
    assertStringIncludes(await seen(), "No learner has joined yet.");

    const words = ["1", ...join!.split(" "), "--name", "Ann"];
    {
      await using learner = await Learner.start(configHome(), words);
      await learner.lessons.until(/Waiting until a client connects/);
      await eventually(async () => /Ann<\/th>.*1\. A socket/.test(await seen()), "Ann in lesson 1");
      await using other = await Learner.start(configHome(), words);
      await other.lessons.until(/Cannot join the class: The name "Ann" is taken[^]*exit code 1/);
      await learner.lessons.press("q");
      await learner.lessons.until(/exit code 0/);
    }
    assertStringIncludes(await seen(), "Ann (has left)");

    await using left = await Learner.start(configHome(), [
      "1",
      ...join!.split(" "),
      "--name",
      "Bob",
    ]);
    await left.lessons.until(/Waiting until a client connects/);
    teacher.child.kill("SIGINT");
    assertEquals(await teacher.exit, 0);
    await left.lessons.press("s"); // the next step is reported
    await left.lessons.until(/Cannot reach the class[^]*The\s+lessons\s+continue/);
    await using late = await Learner.start(configHome(), words);
    await late.lessons.until(/Cannot reach the class[^]*exit code 3/);
  },
});
