import { CHOICES, type Settings } from "../model/settings.ts";
import { make } from "./dom.ts";
import { Panel } from "./panel.ts";

type Name = keyof typeof CHOICES;

/** The settings with a list of choices, and the names of these. */
const LISTS = [
  ["theme", "Theme", { system: "As the system", light: "Light", dark: "Dark" }],
  ["clock", "Clock", { "24": "24 hours", "12": "12 hours" }],
  ["presence", "Joins and leaves", { fold: "In one line", show: "Each in a line", hide: "Hidden" }],
] as const;

/** The settings that are on or off. */
const SWITCHES = [
  ["notify", "Desktop notifications"],
  ["sound", "Sound"],
  ["badge", "Badge on the icon"],
] as const;

/** The settings of the page. */
export class SettingsPanel {
  readonly #panel = new Panel("Settings");
  readonly #fault = make("p", { class: "fault", role: "alert", hidden: "" });

  /** @param change applies a value. It returns the reason if that is not possible. */
  constructor(
    private readonly change: (name: Name, value: string) => Promise<string | undefined>,
  ) {}

  open(settings: Settings): void {
    this.#fault.hidden = true;
    this.#panel.content.replaceChildren(
      ...LISTS.map(([name, label, names]) => this.#list(name, label, names, settings[name])),
      make("h3", {}, "Whispers and mentions while you look elsewhere"),
      ...SWITCHES.map(([name, label]) => this.#switch(name, label, settings[name] === "on")),
      this.#fault,
      ...(isSecureContext ? [] : [make(
        "p",
        { class: "hint" },
        "Over plain HTTP, browsers allow notifications only on localhost: use HTTPS for them.",
      )]),
    );
    this.#panel.open();
  }

  #list(name: Name, label: string, names: Readonly<Record<string, string>>, value: string) {
    const options = CHOICES[name].map((choice) =>
      make("option", { value: choice }, names[choice]!)
    );
    const select = make("select", {}, ...options);
    select.value = value;
    select.addEventListener("change", () => void this.change(name, select.value));
    return make("label", { class: "setting" }, make("span", {}, label), select);
  }

  #switch(name: Name, label: string, isOn: boolean): HTMLElement {
    const button = make(
      "button",
      { type: "button", role: "switch", class: "setting switch" },
      make("span", {}, label),
      make("span", { class: "knob" }),
    );
    button.setAttribute("aria-checked", String(isOn));
    if (name === "notify" && !isSecureContext) button.disabled = true;
    button.addEventListener("click", async () => {
      const value = button.getAttribute("aria-checked") === "true" ? "off" : "on";
      const fault = await this.change(name, value);
      this.#fault.hidden = fault === undefined;
      this.#fault.textContent = fault ?? "";
      if (fault === undefined) button.setAttribute("aria-checked", String(value === "on"));
    });
    return button;
  }
}
