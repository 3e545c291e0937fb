import type { Settings } from "../model/settings.ts";

/** The conditions for one theme in the style sheets and in the head of the page, as they were written. */
const original = new Map<MediaList | HTMLMetaElement, string>();

/**
 * Applies a theme. The dark colours are in media rules for the preference of the system: a chosen theme
 * replaces their conditions, so that each colour is written once.
 */
export function applyTheme(theme: Settings["theme"]): void {
  if (original.size === 0) findConditions();
  document.documentElement.style.colorScheme = theme === "system" ? "" : theme;
  for (const [place, condition] of original) {
    const isFor = condition.includes(`prefers-color-scheme: ${theme}`);
    const media = theme === "system" ? condition : isFor ? "all" : "not all";
    if (place instanceof HTMLMetaElement) place.media = media;
    else place.mediaText = media;
  }
}

function findConditions(): void {
  const note = (place: MediaList | HTMLMetaElement, condition: string) => {
    if (condition.includes("prefers-color-scheme")) original.set(place, condition);
  };
  for (const { cssRules } of document.styleSheets) {
    for (const rule of cssRules) {
      if (rule instanceof CSSMediaRule) note(rule.media, rule.media.mediaText);
    }
  }
  for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[media]")) {
    note(meta, meta.media);
  }
}
