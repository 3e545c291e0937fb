import type { Option } from "@commander-js/extra-typings";
import { CliError, EXIT } from "./exit.ts";
import { faultOf } from "./settings.ts";
import { yesOrNo } from "./values.ts";

/**
 * Takes from the environment what gives no option: an empty variable, and of an option that is given
 * alone one that says no. Commander would take each of them for a yes.
 *
 * @throws {CliError} that names the variable and says what it must be.
 */
export function settleEnvironment(options: readonly Option[]): void {
  for (const option of options) {
    const { envVar } = option as { envVar?: string };
    const text = envVar === undefined ? undefined : Deno.env.get(envVar);
    if (envVar === undefined || text === undefined) continue;
    const isFlag = !option.required && !option.optional;
    const fault = isFlag && text !== "" ? faultOf({ parse: yesOrNo }, text) : undefined;
    if (fault !== undefined) throw new CliError(`Cannot use ${envVar}: ${fault}`, EXIT.usage);
    if (text === "" || (isFlag && !yesOrNo(text))) Deno.env.delete(envVar);
  }
}
