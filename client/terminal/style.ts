/** How text stands out on a terminal, by what it is. */
export interface Style {
  /** One of the 256 colours. */
  color(text: string, color: number): string;
  bold(text: string): string;
  /** Light and dark change places. */
  reverse(text: string): string;
  dim(text: string): string;
}

const plain = (text: string) => text;

/** No escape sequences at all. */
export const PLAIN: Style = { color: plain, bold: plain, reverse: plain, dim: plain };

const sgr = (on: string, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`;

/** By "select graphic rendition" (ECMA-48, 8.3.117). */
export const COLORFUL: Style = {
  color: (text, color) => sgr(`38;5;${color}`, 39)(text),
  bold: sgr("1", 22),
  reverse: sgr("7", 27),
  dim: sgr("2", 22),
};
