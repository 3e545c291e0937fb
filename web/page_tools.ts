import { isSameName, nameKey } from "../protocol/names.ts";
import { Attention } from "./model/attention.ts";
import type { Chat } from "./model/chat.ts";
import type { Conversation, Entry } from "./model/conversation.ts";
import type { Finder } from "./model/finder.ts";
import { quotationOf } from "./model/quotation.ts";
import { parseSettings, type Settings } from "./model/settings.ts";
import { lineOf } from "./model/typed_lines.ts";
import { savedSettings, saveSettings } from "./saved_settings.ts";
import { Alerts, askForNotifications } from "./view/alerts.ts";
import type { Composer } from "./view/composer.ts";
import { byId } from "./view/dom.ts";
import { FindPanel } from "./view/find_panel.ts";
import { InvitePanel } from "./view/invite_panel.ts";
import { Menu, type MenuItem } from "./view/menu.ts";
import { MessageActions } from "./view/message_actions.ts";
import { ModerationPanel } from "./view/moderation_panel.ts";
import { SettingsPanel } from "./view/settings_panel.ts";
import { applyTheme } from "./view/theme.ts";

export interface PageToolsActions {
  /** Runs an action, and updates the views. */
  act(action: () => void): void;
  open(conversation: Conversation): void;
  submit(line: string): void;
  /** Shows an entry of the open conversation. @returns false if the log does not have it. */
  jump(key: string): boolean;
}

/** The menus and panels of the page, its settings, and what draws attention to it. */
export class PageTools {
  settings = savedSettings();
  readonly #attention = new Attention();
  readonly #alerts = new Alerts();
  readonly #find = new FindPanel({
    find: (words, isFull) => this.#update(() => this.#finder.find(this.chat.active, words, isFull)),
    findOlder: () => this.#update(() => this.#finder.findOlder()),
    jump: (entry) => this.#jump(entry),
  });
  readonly #settingsPanel = new SettingsPanel((name, value) => this.#change(name, value));
  readonly #menu = new Menu(byId("conversation", HTMLElement), () => this.composer.focus());
  readonly #moderation = new ModerationPanel((command) => this.actions.submit(command));
  /** The users that were ignored by a menu of this page. */
  readonly #ignored = new Set<string>();

  constructor(
    private readonly chat: Chat,
    private readonly composer: Composer,
    private readonly actions: PageToolsActions,
  ) {
    applyTheme(this.settings.theme);
    byId("settings", HTMLButtonElement).addEventListener("click", () => {
      this.#settingsPanel.open(this.settings);
    });
    byId("find", HTMLButtonElement).addEventListener("click", () => this.#find.open());
    new InvitePanel(() => chat.room);
    new MessageActions(byId("log", HTMLElement), {
      openMessage: (key, anchor) => this.#openMessage(key, anchor),
      openPerson: (name, anchor) => this.openPerson(name, anchor),
      sendAgain: (key) => {
        const line = this.#takeRefused(key);
        if (line !== undefined) this.actions.submit(line);
      },
      edit: (key) => {
        const line = this.#takeRefused(key);
        if (line === undefined) return;
        this.actions.act(() => this.composer.edit(line));
      },
    });
  }

  /** Shows the found messages, and announces new ones for the reader. */
  show(): void {
    const { requested } = this.#finder;
    this.#finder.requested = undefined;
    if (requested !== undefined) this.#find.open(requested);
    this.#find.show(this.#finder, this.settings);
    const { all } = this.chat.conversations;
    const { settings } = this;
    this.#alerts.announce(this.#attention.check(all), settings, ({ conversation }) => {
      this.actions.open(conversation);
    });
    const mentions = all.reduce((sum, conversation) => sum + conversation.mentions, 0);
    this.#alerts.showBadge(settings.badge === "on" ? mentions : 0);
  }

  /** The session has ended: another user may log in on this page. */
  clear(): void {
    for (const panel of document.querySelectorAll("dialog")) panel.close();
    this.#ignored.clear();
  }

  /** Opens the menu of a user; the reader has none. */
  openPerson(name: string, anchor: HTMLElement): void {
    const items = this.#itemsOfPerson(name);
    if (items.length > 0) this.#menu.open(anchor, name, items);
  }

  /** Applies and stores a setting. @returns the reason if the browser does not support it. */
  async #change(name: keyof Settings, value: string): Promise<string | undefined> {
    if (name === "notify" && value === "on") {
      const fault = await askForNotifications();
      if (fault !== undefined) return fault;
    }
    this.settings = parseSettings(JSON.stringify({ ...this.settings, [name]: value }));
    saveSettings(this.settings);
    applyTheme(this.settings.theme);
    if (name === "sound" && value === "on") this.#alerts.play();
    this.actions.act(() => {});
    return undefined;
  }

  get #finder(): Finder {
    return this.chat.finder;
  }

  #update(action: () => void): void {
    action();
    this.#find.show(this.#finder, this.settings);
  }

  #jump({ key, seq }: Entry): boolean {
    const { active } = this.chat;
    const isSame = (entry: Entry) => seq === undefined ? entry.key === key : entry.seq === seq;
    const loaded = active === this.#finder.place ? active.entries.find(isSame) : undefined;
    return loaded !== undefined && this.actions.jump(loaded.key);
  }

  #openMessage(key: string, anchor: HTMLElement): void {
    const entry = this.chat.active.find(key);
    if (entry === undefined) return;
    const quote = () => this.actions.act(() => this.composer.quote(quotationOf(entry)));
    this.#menu.open(anchor, `Message of ${entry.from}`, [
      { label: "Quote", run: quote },
      ...this.#itemsOfPerson(entry.from),
    ]);
  }

  #itemsOfPerson(name: string): MenuItem[] {
    const { conversations, roster, name: self } = this.chat;
    if (isSameName(name, self)) return [];
    const { act, open, submit } = this.actions;
    const isIgnored = this.#ignored.has(nameKey(name));
    const items: MenuItem[] = [
      { label: `Whisper to ${name}`, run: () => open(conversations.ofPerson(name)) },
      { label: `Mention ${name}`, run: () => act(() => this.composer.mention(name)) },
      {
        label: isIgnored ? `Stop ignoring ${name}` : `Ignore ${name}`,
        run: () => {
          if (isIgnored) this.#ignored.delete(nameKey(name));
          else this.#ignored.add(nameKey(name));
          submit(`/${isIgnored ? "unignore" : "ignore"} ${name}`);
        },
      },
    ];
    if (roster.find(self)?.operator !== true) return items;
    const moderate = (measure: "kick" | "mute" | "ban", label: string): MenuItem => ({
      label: `${label} ${name}…`,
      run: () => this.#moderation.open(measure, name),
      isHarsh: true,
    });
    return [...items, moderate("kick", "Kick"), moderate("mute", "Mute"), moderate("ban", "Ban")];
  }

  /** Removes a refused message from the log. @returns the line that sends it again. */
  #takeRefused(key: string): string | undefined {
    const { active } = this.chat;
    const entry = active.find(key);
    if (entry?.status !== "refused") return undefined;
    active.remove(key);
    return lineOf(entry);
  }
}
