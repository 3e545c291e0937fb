import type { ScenarioName } from "../load/options.ts";

/** Words for the reports of a scenario. */
export interface Vocabulary {
  /** A delivery, singular. */
  readonly delivery: string;
  /** Plural. */
  readonly deliveries: string;
  /** Title of the row of rates. */
  readonly rate: string;
  /** Start of the sentence if no connection has joined. */
  readonly cannotJoin: string;
  /** The sentence if nothing was delivered. */
  readonly nothing: string;
}

const VOCABULARIES: Readonly<Record<ScenarioName, Vocabulary>> = {
  broadcast: {
    delivery: "delivery",
    deliveries: "deliveries",
    rate: "Deliveries/s",
    cannotJoin: "Cannot join the chat at",
    nothing: "No message was delivered.",
  },
  echo: {
    delivery: "reply",
    deliveries: "replies",
    rate: "Replies/s",
    cannotJoin: "Cannot connect to",
    nothing: "No reply was received.",
  },
};

export function vocabularyOf(scenario: ScenarioName): Vocabulary {
  return VOCABULARIES[scenario];
}
