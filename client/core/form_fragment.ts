/** The values for the login form of a page, as the fragment of its address. */
export function formFragment(values: Readonly<Record<"name" | "room", string>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  return given.length === 0 ? "" : `#${new URLSearchParams(given)}`;
}

/** Parses a {@link formFragment}. */
export function readFragment(fragment: string): { readonly name: string; readonly room: string } {
  const values = new URLSearchParams(fragment.replace(/^#/, ""));
  return { name: values.get("name") ?? "", room: values.get("room") ?? "" };
}
