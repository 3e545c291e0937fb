import { DEFAULT_SETTINGS, parseSettings, type Settings } from "./model/settings.ts";

const KEY = "hubbub.settings";

/** The settings that this browser has stored. Its storage may be disabled. */
export function savedSettings(): Settings {
  try {
    return parseSettings(localStorage.getItem(KEY));
  } catch {
    return DEFAULT_SETTINGS;
  }
}

export function saveSettings(settings: Settings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // They last until the page is closed.
  }
}
