/** A line that is being typed, and where the cursor is in it, in UTF-16 units. */
export interface Line {
  readonly text: string;
  readonly cursor: number;
}
