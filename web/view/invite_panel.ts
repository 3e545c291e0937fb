import { formFragment } from "../../client/core/form_fragment.ts";
import { DEFAULT_ROOM } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/names.ts";
import { copyField } from "./copy.ts";
import { byId, make } from "./dom.ts";
import { LazyScript } from "./lazy_script.ts";
import { Panel } from "./panel.ts";

/** Names and addresses that only this machine can reach. */
const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

/** How others come into a room: a link, a QR code, and the commands of a terminal. */
export class InvitePanel {
  readonly #panel = new Panel("Invite");
  readonly #script: LazyScript<typeof import("./qr_code.ts")>;

  /** @param room the name of the open room, or of the last one. */
  constructor(room: () => string) {
    const button = byId("invite", HTMLButtonElement);
    this.#script = new LazyScript(button.dataset.qrCode!);
    button.addEventListener("click", () => this.#open(room()));
  }

  #open(room: string): void {
    const { origin, pathname, hostname } = location;
    const link = `${origin}${pathname}${formFragment({ name: "", room })}`;
    const commands = [...document.querySelectorAll("#login .terminal pre")]
      .map(({ textContent }) => textContent ?? "");
    const isLocal = LOOPBACK.test(hostname);
    const isLobby = nameKey(room) === DEFAULT_ROOM;
    this.#panel.content.replaceChildren(
      make("h3", {}, "Link to ", make("bdi", {}, `# ${room}`)),
      copyField("Link", link),
      isLocal
        ? make(
          "p",
          { class: "hint" },
          "Only this machine can open this address. Open the page by the " +
            "address of the machine in its network to invite others.",
        )
        : this.#qrCode(link),
      make("h3", {}, "From a terminal"),
      ...commands.map((command) => copyField("Command", command)),
      ...(isLobby ? [] : [make("p", { class: "hint" }, `Then type /join ${room}`)]),
    );
    this.#panel.open();
  }

  /** Draws a QR code. Without its script the place stays empty. */
  #qrCode(link: string): HTMLElement {
    const place = make("div", { class: "qr" });
    void this.#script.load().then((script) => {
      if (script === undefined) place.remove();
      else place.append(script.qrCode(link, "QR code of the link"));
    });
    return place;
  }
}
