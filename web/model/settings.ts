/** The choices of each setting; the first one is the default. */
export const CHOICES = {
  theme: ["system", "light", "dark"],
  clock: ["24", "12"],
  presence: ["fold", "show", "hide"],
  notify: ["off", "on"],
  sound: ["off", "on"],
  badge: ["off", "on"],
} as const;

/** The settings of the page, each one of its {@link CHOICES}. */
export type Settings = {
  readonly [Name in keyof typeof CHOICES]: typeof CHOICES[Name][number];
};

export const DEFAULT_SETTINGS: Settings = parseSettings(null);

/** Reads stored settings. Values that are missing or invalid become the defaults. */
export function parseSettings(stored: string | null): Settings {
  const values = objectOf(stored);
  return Object.fromEntries(
    Object.entries(CHOICES).map(([name, choices]) => {
      const value = values[name];
      const isValid = (choices as readonly unknown[]).includes(value);
      return [name, isValid ? value : choices[0]];
    }),
  ) as unknown as Settings;
}

function objectOf(json: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json ?? "{}");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
