import { make } from "./dom.ts";
import { Panel } from "./panel.ts";

/** What an operator does to a user. */
export type Measure = "kick" | "mute" | "ban";

const TITLES: Readonly<Record<Measure, string>> = { kick: "Kick", mute: "Mute", ban: "Ban" };

const DURATIONS = [
  ["10m", "10 minutes"],
  ["1h", "1 hour"],
  ["1d", "1 day"],
  ["7d", "7 days"],
  ["forever", "without an end"],
] as const;

/** Asks an operator for the duration and the reason of a measure. */
export class ModerationPanel {
  /** @param submit runs a command. */
  constructor(private readonly submit: (command: string) => void) {}

  open(measure: Measure, name: string): void {
    const title = TITLES[measure];
    const panel = new Panel(`${title} ${name}`);
    const duration = make(
      "select",
      {},
      ...DURATIONS.map(([value, label]) => make("option", { value }, label)),
    );
    const reason = make("input", { autocomplete: "off", maxlength: "200", dir: "auto" });
    const button = make("button", { class: "primary" }, title);
    const form = make(
      "form",
      {},
      ...(measure === "kick" ? [] : [make("label", {}, "For ", duration)]),
      ...(measure === "mute" ? [] : [make("label", {}, "Reason, if you give one ", reason)]),
      button,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const parts = [
        `/${measure}`,
        name,
        ...(measure === "kick" ? [] : [duration.value]),
        ...(measure === "mute" ? [] : [reason.value.trim()]),
      ];
      panel.close();
      this.submit(parts.filter((part) => part !== "").join(" "));
    });
    panel.content.append(form);
    panel.open(measure === "mute" ? duration : reason);
  }
}
