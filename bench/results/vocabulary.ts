import type { ScenarioName } from "../load/options.ts";

/** How the reports of a scenario speak of what it does. */
export interface Vocabulary {
  /** What comes in, one of it. */
  readonly delivery: string;
  /** What comes in, many of it. */
  readonly deliveries: string;
  /** The head of a row of rates. */
  readonly rate: string;
  /** How the sentence begins that says that nobody got in. */
  readonly cannotJoin: string;
  /** A run in which nothing came in. */
  readonly nothing: string;
}

const VOCABULARIES: Readonly<Record<ScenarioName, Vocabulary>> = {
  broadcast: {
    delivery: "delivery",
    deliveries: "deliveries",
    rate: "Deliveries/Sec",
    cannotJoin: "Cannot join the chat at",
    nothing: "Nothing was delivered.",
  },
  echo: {
    delivery: "reply",
    deliveries: "replies",
    rate: "Replies/Sec",
    cannotJoin: "Cannot connect to",
    nothing: "Nothing came back.",
  },
};

/** The words of a scenario. */
export function vocabularyOf(scenario: ScenarioName): Vocabulary {
  return VOCABULARIES[scenario];
}
