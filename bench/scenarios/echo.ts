import { trafficScenario } from "./traffic_scenario.ts";

/** Every connection sends messages, and each is to come back on the same one, once and in order. */
export const echo = trafficScenario("self");
