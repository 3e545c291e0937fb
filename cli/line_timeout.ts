import { duration, orOff } from "./values.ts";

/** Parses `--line-timeout`, for `serve` and `echo`: milliseconds, 0 for `off`. */
export const lineTimeout: (text: string) => number = orOff(duration(10, 60_000));

export const LINE_TIMEOUT_HELP =
  "silence that ends a line, for clients that send no newline, such as 300ms";
