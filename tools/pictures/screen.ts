/** How a piece of text on a terminal looks. */
export interface TextStyle {
  /** A colour as CSS writes it; `undefined` is the terminal's own. */
  readonly color?: string | undefined;
  /** The same of the background. */
  readonly background?: string | undefined;
  readonly isBold?: boolean | undefined;
  readonly isDim?: boolean | undefined;
  readonly isUnderlined?: boolean | undefined;
  readonly isReversed?: boolean | undefined;
}

/** Characters in a row that look the same. */
export interface TextRun extends TextStyle {
  readonly text: string;
  /** Column of the first character, from 0. */
  readonly column: number;
}

/** The 16 colours of the palette, readable on the background of {@link terminalSvg}. */
const PALETTE = [
  ...["#5c6370", "#f47067", "#6bc46d", "#daaa3f", "#6cb6ff", "#dcbdfb", "#56d4dd", "#cdd9e5"],
  ...["#768390", "#ff938a", "#8ddb8c", "#eac55f", "#96d0ff", "#eedcff", "#b3f0ff", "#ffffff"],
];

/** Steps of red, green and blue in the cube of the 256 colours (xterm). */
const CUBE = [0, 95, 135, 175, 215, 255];

/** CSI ... m, and OSC 8 (a link, whose text stays). */
// deno-lint-ignore no-control-regex -- matches escape sequences of the terminal
const SEQUENCE = /\x1b\[([\d;]*)m|\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)/y;

/**
 * Reads a screen with its SGR sequences, as `tmux capture-pane -e -p` prints it. A style continues on
 * the next line until it is changed.
 *
 * @returns the runs of each row, without blanks at the end of a row that show nothing.
 */
export function parseScreen(screen: string): TextRun[][] {
  let style: TextStyle = {};
  return screen.replace(/\n+$/, "").split("\n").map((line) => {
    const runs: TextRun[] = [];
    let column = 0;
    let text = "";
    const end = () => {
      if (text !== "") runs.push({ ...style, text, column: column - [...text].length });
      text = "";
    };
    for (let index = 0; index < line.length;) {
      SEQUENCE.lastIndex = index;
      const sequence = SEQUENCE.exec(line);
      if (sequence !== null) {
        end();
        if (sequence[1] !== undefined) style = styled(style, sequence[1]);
        index = SEQUENCE.lastIndex;
        continue;
      }
      const character = String.fromCodePoint(line.codePointAt(index)!);
      text += character;
      column++;
      index += character.length;
    }
    end();
    return withoutBlankEnd(runs);
  });
}

function withoutBlankEnd(runs: readonly TextRun[]): TextRun[] {
  const last = runs.at(-1);
  if (last === undefined || last.background !== undefined || last.isReversed) return [...runs];
  const text = last.text.trimEnd();
  return text === "" ? withoutBlankEnd(runs.slice(0, -1)) : [...runs.slice(0, -1), {
    ...last,
    text,
  }];
}

/** A style after the parameters of an SGR sequence. Unknown parameters change nothing. */
function styled(style: TextStyle, parameters: string): TextStyle {
  const codes = parameters.split(";").map(Number);
  let result = style;
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index]!;
    if (code === 38 || code === 48) {
      const { color, length } = extendedColor(codes.slice(index + 1));
      result = { ...result, [code === 38 ? "color" : "background"]: color };
      index += length;
    } else result = { ...result, ...changeOf(code) };
  }
  return result;
}

/** Clears everything that a style may have. */
const PLAIN: TextStyle = {
  ...{ color: undefined, background: undefined, isBold: undefined, isDim: undefined },
  ...{ isUnderlined: undefined, isReversed: undefined },
};

function changeOf(code: number): TextStyle {
  if (code === 0) return PLAIN;
  if (code === 1) return { isBold: true };
  if (code === 2) return { isDim: true };
  if (code === 4) return { isUnderlined: true };
  if (code === 7) return { isReversed: true };
  if (code === 22) return { isBold: undefined, isDim: undefined };
  if (code === 24) return { isUnderlined: undefined };
  if (code === 27) return { isReversed: undefined };
  if (code === 39) return { color: undefined };
  if (code === 49) return { background: undefined };
  if (code >= 30 && code <= 37) return { color: PALETTE[code - 30] };
  if (code >= 90 && code <= 97) return { color: PALETTE[code - 82] };
  if (code >= 40 && code <= 47) return { background: PALETTE[code - 40] };
  if (code >= 100 && code <= 107) return { background: PALETTE[code - 92] };
  return {};
}

/** The colour behind 38 or 48: `5;N` or `2;R;G;B`. */
function extendedColor(codes: readonly number[]): { color: string | undefined; length: number } {
  if (codes[0] === 2) return { color: `rgb(${codes.slice(1, 4).join(",")})`, length: 4 };
  return { color: indexedColor(codes[1] ?? 0), length: 2 };
}

function indexedColor(index: number): string | undefined {
  if (index < 16) return PALETTE[index];
  if (index >= 232) {
    const level = 8 + 10 * (index - 232);
    return `rgb(${level},${level},${level})`;
  }
  const [red, green, blue] = [36, 6, 1].map((step) => CUBE[Math.floor((index - 16) / step) % 6]);
  return `rgb(${red},${green},${blue})`;
}
