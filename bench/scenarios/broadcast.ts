import { trafficScenario } from "./traffic_scenario.ts";

/** Everybody is in one room, some of them talk, and everybody is to get everything. */
export const broadcast = trafficScenario("others");
