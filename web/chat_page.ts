import { systemClock } from "../client/core/clock.ts";
import type { SessionPoint } from "../client/core/resume_point.ts";
import type { Endpoint } from "../client/core/transport.ts";
import { isSameName } from "../protocol/names.ts";
import { openWebSocket, postFile, saveFile } from "./browser.ts";
import type { Login } from "./model/chat.ts";
import type { Conversation } from "./model/conversation.ts";
import { messageChannel } from "../client/core/message_channel.ts";
import { PageSession } from "./model/page_session.ts";
import { restoreTranscript, saveTranscript } from "./model/saved_transcript.ts";
import { PageTools } from "./page_tools.ts";
import { savedName, saveSession, takeSession } from "./saved_session.ts";
import { Address } from "./view/address.ts";
import { Composer, typeAnywhere } from "./view/composer.ts";
import { byId } from "./view/dom.ts";
import { Drawers } from "./view/drawers.ts";
import { FileInput } from "./view/file_input.ts";
import { type FileAction, FileRows } from "./view/file_row.ts";
import { Announcer, Headline } from "./view/headline.ts";
import { JoinForm } from "./view/join_form.ts";
import { MessageLog } from "./view/message_log.ts";
import { PeopleList } from "./view/people_list.ts";
import { Sidebar } from "./view/sidebar.ts";

/** Interval at which the list of rooms is requested while the page is visible. */
const ROOMS_MILLISECONDS = 30_000;

/** Interval at which the progress of files is shown. */
const PROGRESS_MILLISECONDS = 250;

/** The page as a whole: the chat, its connection, and its views. */
export class ChatPage {
  readonly #session = new PageSession({
    openChannel: messageChannel(openWebSocket),
    endpoint: endpointOfPage(),
    clock: { ...systemClock, now: () => performance.now() },
    random: Math.random,
    now: Date.now,
    newId,
    isWatched: () => document.visibilityState === "visible" && document.hasFocus(),
    post: postFile,
    save: saveFile,
    changed: () => this.#changed(),
    progressed: () => this.#progressed(),
  });
  readonly #chat = this.#session.chat;

  readonly #login = byId("login", HTMLElement);
  readonly #inside = byId("chat", HTMLElement);
  readonly #form = new JoinForm(savedName(), (login) => this.#enter(login));
  readonly #address = new Address(({ kind, name }, isLink) => {
    if (kind === "person") this.#open(this.#chat.conversations.ofPerson(name));
    else if (isLink || this.#chat.rooms.get(name) !== undefined) this.#join(name);
    else return false; // the user has left it
    return true;
  });
  readonly #headline = new Headline();
  readonly #sidebar = new Sidebar({
    join: (room) => this.#join(room),
    open: (conversation) => this.#open(conversation),
    close: (conversation) => this.#act(() => this.#chat.close(conversation)),
  });
  readonly #people = new PeopleList((name, anchor) => this.#tools.openPerson(name, anchor));
  readonly #log = new MessageLog(
    byId("log", HTMLElement),
    byId("newest", HTMLButtonElement),
    {
      loadOlder: () => this.#loadOlder(),
      wentToEnd: () => this.#composer.focus(),
    },
  );
  readonly #composer = new Composer(this.#chat, (text) => {
    const isTaken = this.#chat.submit(text);
    this.#log.follow();
    this.#changed();
    return isTaken;
  });
  readonly #tools = new PageTools(this.#chat, this.#composer, {
    act: (action) => this.#act(action),
    open: (conversation) => this.#open(conversation),
    submit: (line) => {
      this.#act(() => this.#chat.submit(line));
      this.#log.follow();
    },
    jump: (key) => this.#log.jump(key),
  });
  readonly #drawers = new Drawers(() => this.#askRooms());
  readonly #announcer = new Announcer();
  #isShowing = false;
  #progressTimer: number | undefined;
  #wasInside = false;
  /** The room in the address of a page that resumes a session, until it is opened. */
  #wanted: string | undefined;

  /** Resumes the session of this window, if any, else prompts for a name. */
  start(): void {
    this.#listen();
    this.#listenToWindow();
    const kept = takeSession();
    if (kept === undefined) this.#form.focus();
    else {
      this.#wanted = this.#address.room?.name;
      this.#enter({ name: kept.name }, kept.point);
      if (kept.transcript !== undefined) restoreTranscript(this.#chat, kept.transcript);
    }
    this.#show();
  }

  #listen(): void {
    new FileRows(byId("log", HTMLElement), (key, action) => this.#actOnFile(key, action));
    new FileInput((files) => this.#act(() => this.#chat.offer(files)));
    typeAnywhere(
      byId("message", HTMLTextAreaElement),
      () => !this.#inside.hidden && !this.#drawers.isOpen,
    );
    byId("skip", HTMLAnchorElement).addEventListener("click", (event) => {
      event.preventDefault();
      this.#composer.focus();
    });
    document.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const isAlone = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
      if (step === undefined || !isAlone || this.#inside.hidden) return;
      event.preventDefault();
      this.#open(this.#sidebar.neighbour(this.#chat, step));
    });
    byId("leave", HTMLButtonElement).addEventListener("click", () => this.#leave());
    byId("hurry", HTMLButtonElement).addEventListener("click", () => {
      this.#session.retryNow();
      this.#composer.focus();
    });
  }

  #listenToWindow(): void {
    addEventListener("online", () => {
      this.#chat.isOffline = false;
      this.#session.retryNow();
      this.#changed();
    });
    addEventListener("offline", () => {
      this.#chat.isOffline = true;
      this.#session.check();
      this.#changed();
    });
    addEventListener("pagehide", () => {
      const { name, point } = this.#chat;
      this.#chat.typed.returnWaiting();
      if (point !== undefined) saveSession({ name, point, transcript: saveTranscript(this.#chat) });
    });
    addEventListener("pageshow", ({ persisted }) => {
      // The browser returned to this page in its cache, which has its state.
      if (persisted) takeSession();
    });
    addEventListener("beforeunload", (event) => {
      // Waiting lines and transfers would be lost: the browser asks for a confirmation.
      const { outgoing, typed, files } = this.#chat;
      if (outgoing.pending > 0 || typed.waiting > 0 || files.isBusy) event.preventDefault();
    });
    const watched = () => {
      this.#chat.conversations.watched();
      this.#changed();
    };
    addEventListener("focus", watched);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.#session.retryNow();
      watched();
    });
    setInterval(() => {
      if (document.visibilityState === "visible") this.#askRooms();
    }, ROOMS_MILLISECONDS);
  }

  #enter(login: Login, point?: SessionPoint): void {
    this.#session.enter(login, point);
    this.#changed();
  }

  #leave(): void {
    this.#drawers.close();
    this.#session.leave();
    this.#form.clearPasswords();
    this.#changed();
  }

  /** Opens a room, and enters it if necessary. */
  #join(room: string): void {
    this.#act(() => this.#chat.join(room));
    this.#type();
  }

  #open(conversation: Conversation): void {
    this.#act(() => this.#chat.open(conversation));
    this.#type();
  }

  /** Shows the draft of the open conversation, and moves the focus to the field. */
  #type(): void {
    this.#composer.show(this.#chat);
    this.#composer.focus();
  }

  #act(action: () => void): void {
    this.#drawers.close();
    action();
    this.#changed();
  }

  #actOnFile(key: string, action: FileAction): void {
    const item = this.#chat.active.find(key)?.transfer;
    if (item === undefined) return;
    const { files } = this.#chat;
    if (action === "accept") this.#act(() => files.accept(item));
    else if (action === "end") this.#act(() => files.end(item));
    else if (item.content !== undefined) saveFile(item.name, item.content);
  }

  #askRooms(): void {
    if (this.#chat.phase === "inside") this.#chat.send({ type: "rooms" });
  }

  #loadOlder(): void {
    if (this.#chat.loadOlder()) this.#changed();
  }

  /** Updates the views, once for several changes. */
  #changed(): void {
    if (this.#isShowing) return;
    this.#isShowing = true;
    const show = () => {
      this.#isShowing = false;
      this.#show();
    };
    // A hidden window is not drawn, but its title has the number of unread messages.
    if (document.visibilityState === "visible") requestAnimationFrame(show);
    else setTimeout(show);
  }

  /** Shows the progress of files, without updating the rest of the page. */
  #progressed(): void {
    this.#progressTimer ??= setTimeout(() => {
      this.#progressTimer = undefined;
      if (!this.#inside.hidden) this.#log.show(this.#chat, this.#tools.settings);
    }, PROGRESS_MILLISECONDS);
  }

  #show(): void {
    const chat = this.#chat;
    const isInside = chat.phase === "inside" || chat.phase === "broken" ||
      (chat.phase === "entering" && chat.point !== undefined);
    this.#login.hidden = isInside;
    this.#inside.hidden = !isInside;
    this.#form.setBusy(chat.phase === "entering");
    this.#headline.show(chat);
    if (chat.phase === "inside" && this.#wanted !== undefined) {
      const room = this.#wanted;
      this.#wanted = undefined;
      if (!isSameName(room, chat.room)) chat.join(room);
    }
    if (isInside) this.#showInside();
    else if (chat.phase === "outside") this.#showOutside();
    this.#wasInside = isInside;
  }

  #showInside(): void {
    this.#address.show(this.#chat.active, this.#chat.room);
    this.#sidebar.show(this.#chat);
    this.#people.show(this.#chat);
    this.#log.show(this.#chat, this.#tools.settings);
    this.#composer.show(this.#chat);
    this.#announcer.show(this.#chat);
    this.#tools.show();
    if (!this.#wasInside) this.#composer.focus();
  }

  #showOutside(): void {
    this.#address.clear();
    this.#tools.clear();
    const { leaveNotice } = this.#chat;
    if (leaveNotice === undefined) return;
    this.#form.explain(leaveNotice);
    this.#chat.leaveNotice = undefined;
  }
}

/** A new `id` of a frame: `crypto.randomUUID` is for secure contexts only. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");
}

/** The address of the page's server, for error messages. */
function endpointOfPage(): Endpoint {
  const { hostname, port, protocol } = location;
  return { host: hostname, port: Number(port) || (protocol === "https:" ? 443 : 80) };
}
