import { formFragment, readFragment } from "../../client/core/form_fragment.ts";
import { nameKey } from "../../protocol/names.ts";
import type { LeaveNotice, Login } from "../model/chat.ts";
import { readServer } from "../model/server_field.ts";
import { byId } from "./dom.ts";

/** The password field for each error about a password. */
const PASSWORD_FIELDS: Readonly<Record<string, "password" | "serverPassword">> = {
  password_needed: "password",
  name_protected: "password",
  too_busy: "password",
  too_many_attempts: "password",
  wrong_password: "password",
  server_password_wrong: "serverPassword",
};

export class JoinForm {
  readonly #name = byId("join-name", HTMLInputElement);
  readonly #room = byId("join-room", HTMLInputElement);
  readonly #password = byId("join-password", HTMLInputElement);
  readonly #serverPassword = byId("join-server-password", HTMLInputElement);
  readonly #server = byId("join-server", HTMLInputElement);
  readonly #more = byId("join-more", HTMLDetailsElement);
  readonly #fault = byId("join-fault", HTMLElement);
  readonly #button = byId("join-button", HTMLButtonElement);

  constructor(lastName: string, join: (login: Login) => void) {
    const { name, room } = readFragment(location.hash);
    this.#name.value = name === "" ? lastName : name;
    this.#room.value = room;
    this.#server.value = location.host;
    byId("join-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(join);
    });
  }

  focus(): void {
    this.#name.focus();
  }

  /** Clears the passwords: the next user of the page is another one. */
  clearPasswords(): void {
    this.#password.value = "";
    this.#serverPassword.value = "";
  }

  /** Disables the form while a login is pending. */
  setBusy(isBusy: boolean): void {
    this.#button.disabled = isBusy;
    this.#button.textContent = isBusy ? "Joining…" : "Join";
  }

  /** Shows the reason of the end, and moves the focus to the field for it. */
  explain({ text, code = "" }: LeaveNotice): void {
    this.#fault.hidden = false;
    this.#fault.className = code === "" ? "leave-notice" : "fault";
    this.#fault.textContent = text;
    const field = PASSWORD_FIELDS[code];
    if (field === undefined) return this.#name.select();
    this.#more.open = true;
    (field === "password" ? this.#password : this.#serverPassword).focus();
  }

  #submit(join: (login: Login) => void): void {
    const name = this.#name.value.trim();
    const room = this.#room.value.trim().replace(/^#/, "");
    const typed = this.#server.value.trim();
    const server = readServer(typed, location.href);
    if (server.kind === "invalid") {
      return this.explain({
        code: "server",
        text: `Invalid server "${typed}": expected a name or an address, such as chat.lan:8080.`,
      });
    }
    if (server.kind === "other") {
      return location.assign(server.href + formFragment({ name, room }));
    }
    this.#fault.hidden = true;
    join({
      name,
      ...(nameKey(room) === "" ? undefined : { room }),
      ...(this.#password.value === "" ? undefined : { password: this.#password.value }),
      ...(this.#serverPassword.value === "" ? undefined : {
        serverPassword: this.#serverPassword.value,
      }),
    });
  }
}
