/** A text with its replacements: each must be there, and what has been put in is not replaced again. */
export function replaced(text: string, replacements: Readonly<Record<string, string>>): string {
  const places = Object.keys(replacements);
  if (places.length === 0) return text;
  for (const place of places) {
    if (!text.includes(place)) throw new Error(`No ${place} in:\n${text}`);
  }
  const pattern = places.map((place) => place.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return text.replaceAll(new RegExp(pattern, "g"), (place) => replacements[place]!);
}
