/**
 * The scenarios, by name.
 *
 * @module
 */

import type { ScenarioName } from "../load/options.ts";
import type { Scenario } from "./scenario.ts";
import { broadcast } from "./broadcast.ts";
import { echo } from "./echo.ts";

/** Every scenario. */
export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = { broadcast, echo };
