import type { AnyResult } from "./output.ts";
import { backlogReport, connectReport } from "./connection_reports.ts";
import type { Report } from "./report.ts";
import {
  churnReport,
  codecReport,
  restartReport,
  roomsReport,
  roundsReport,
  stallReport,
} from "./scenario_reports.ts";
import { trafficReport } from "./traffic_report.ts";

/** The report of a run of any scenario, without that of the load tester itself. */
export function scenarioReport(result: AnyResult): Report {
  switch (result.scenario) {
    case "broadcast":
    case "echo":
      return trafficReport(result);
    case "rounds":
      return roundsReport(result);
    case "connect":
      return connectReport(result);
    case "backlog":
      return backlogReport(result);
    case "churn":
      return churnReport(result);
    case "rooms":
      return roomsReport(result);
    case "stall":
      return stallReport(result);
    case "restart":
      return restartReport(result);
    case "codec":
      return codecReport(result);
  }
}
