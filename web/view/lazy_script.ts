/** A script that few visits of the page need, and that is loaded when it is used. */
export class LazyScript<Module> {
  /** Its exports, once it is loaded. */
  module: Module | undefined;
  #loading: Promise<Module | undefined> | undefined;

  /** @param address relative to that of the page. */
  constructor(private readonly address: string) {}

  /** @returns its exports; `undefined` if the server does not answer, or has another version now. */
  load(): Promise<Module | undefined> {
    return this.#loading ??= this.#load();
  }

  async #load(): Promise<Module | undefined> {
    try {
      return this.module = await import(new URL(this.address, location.href).href) as Module;
    } catch {
      this.#loading = undefined;
      return undefined;
    }
  }
}
