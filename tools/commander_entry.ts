/** The parts of commander that the program uses, for `deno task bundle`. */

export { Argument, Command, CommanderError, Help, InvalidArgumentError, Option } from "commander";
