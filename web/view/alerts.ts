import { readableText } from "../../protocol/stored_files.ts";
import type { Alert } from "../model/attention.ts";
import type { Settings } from "../model/settings.ts";
import { byId } from "./dom.ts";

/** Maximum length of the text of a notification. */
const MAX_TEXT = 200;

/** Two tones, with their frequencies in hertz and their starts in seconds. */
const TONES = [[660, 0], [880, 0.09]] as const;
const TONE_SECONDS = 0.16;
const VOLUME = 0.12;

/** Minimum time between two sounds. */
const QUIET_MILLISECONDS = 2000;

/** Desktop notifications, a sound, and a badge on the icons of the page. */
export class Alerts {
  #audio: AudioContext | undefined;
  #badge = 0;
  #lastSound = -Infinity;

  constructor() {
    // A browser allows sound after the first input of the user.
    addEventListener("pointerdown", () => void this.#audio?.resume(), { passive: true });
    addEventListener("keydown", () => void this.#audio?.resume());
  }

  /** @param open called when the user has clicked a notification. */
  announce(
    alerts: readonly Alert[],
    { notify, sound }: Settings,
    open: (alert: Alert) => void,
  ): void {
    if (alerts.length === 0) return;
    const now = performance.now();
    if (sound === "on" && now - this.#lastSound > QUIET_MILLISECONDS) {
      this.#lastSound = now;
      this.play();
    }
    if (notify === "on") { for (const alert of alerts) this.#notify(alert, () => open(alert)); }
  }

  /** Plays the sound. */
  play(): void {
    const audio = this.#audio ??= new AudioContext();
    void audio.resume();
    for (const [frequency, start] of TONES) {
      const tone = new OscillatorNode(audio, { frequency });
      const gain = new GainNode(audio, { gain: VOLUME });
      const begin = audio.currentTime + start;
      gain.gain.setValueAtTime(VOLUME, begin);
      gain.gain.exponentialRampToValueAtTime(0.001, begin + TONE_SECONDS);
      tone.connect(gain).connect(audio.destination);
      tone.start(begin);
      tone.stop(begin + TONE_SECONDS);
    }
  }

  /** Shows the number of unread messages for the reader on the icons; 0 for none. */
  showBadge(count: number): void {
    if (count === this.#badge) return;
    if ((count > 0) !== (this.#badge > 0)) showIcon(count > 0);
    this.#badge = count;
    // Only the icon of an installed page has one; elsewhere it is refused.
    if (count > 0) void navigator.setAppBadge?.(count).catch(() => {});
    else void navigator.clearAppBadge?.().catch(() => {});
  }

  #notify({ conversation: { kind, name }, entry }: Alert, open: () => void): void {
    const { from } = entry;
    const text = readableText(entry);
    const title = kind === "room" ? `${from} in # ${name}` : from;
    const body = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
    try {
      const icon = byId("icon", HTMLLinkElement).href;
      // A later one of the same conversation replaces it.
      const notification = new Notification(title, { body, icon, tag: `${kind} ${name}` });
      notification.addEventListener("click", () => {
        focus();
        open();
        notification.close();
      });
    } catch {
      // Chrome on Android has notifications of service workers only; the settings report it.
    }
  }
}

/** Asks the user for the permission. @returns the reason if the browser shows no notifications. */
export async function askForNotifications(): Promise<string | undefined> {
  if (!isSecureContext) return "Notifications need HTTPS, or the address localhost.";
  if (!("Notification" in globalThis) || isWithoutNotifications()) {
    return "This browser shows no notifications of pages.";
  }
  const permission = await Notification.requestPermission();
  if (permission === "granted") return undefined;
  return "The browser has blocked notifications: allow them in its settings of this page.";
}

/** Whether this is Chrome on Android, which has them, but not for a page without a service worker. */
function isWithoutNotifications(): boolean {
  return /Android/.test(navigator.userAgent) && /Chrome/.test(navigator.userAgent);
}

function showIcon(isUnread: boolean): void {
  const link = byId("icon", HTMLLinkElement);
  link.href = isUnread ? link.dataset.unread! : link.dataset.plain!;
}
