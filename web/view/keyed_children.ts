/** The elements for the items of a list. */
export interface ChildKind<Item> {
  /** Identifies an item; constant when the item changes. */
  keyOf(item: Item): string;
  /** A new, empty element. */
  make(item: Item): HTMLElement;
  /** Shows an item; called again when it has changed. */
  fill(element: HTMLElement, item: Item): void;
  /** Whether two items with the same key look the same. */
  isSame(one: Item, other: Item): boolean;
}

interface Child<Item> {
  readonly element: HTMLElement;
  item: Item;
}

/**
 * The children of an element, synchronised with a list. Items that stay in the list keep their elements,
 * and so the focus, the selection and the position of a screen reader.
 */
export class KeyedChildren<Item> {
  readonly #children = new Map<string, Child<Item>>();

  constructor(private readonly parent: HTMLElement, private readonly kind: ChildKind<Item>) {}

  show(items: readonly Item[]): void {
    this.#removeAllBut(new Set(items.map((item) => this.kind.keyOf(item))));
    let next = this.parent.firstElementChild;
    for (const item of items) {
      const element = this.#elementOf(item);
      if (element === next) next = next.nextElementSibling;
      else this.parent.insertBefore(element, next);
    }
  }

  #elementOf(item: Item): HTMLElement {
    const key = this.kind.keyOf(item);
    const child = this.#children.get(key);
    if (child === undefined) {
      const element = this.kind.make(item);
      this.kind.fill(element, item);
      this.#children.set(key, { element, item });
      return element;
    }
    if (!this.kind.isSame(child.item, item)) this.kind.fill(child.element, item);
    child.item = item;
    return child.element;
  }

  #removeAllBut(keys: ReadonlySet<string>): void {
    for (const [key, { element }] of this.#children) {
      if (keys.has(key)) continue;
      element.remove();
      this.#children.delete(key);
    }
  }
}
