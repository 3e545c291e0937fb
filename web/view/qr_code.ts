import { encode } from "uqr";

const SVG = "http://www.w3.org/2000/svg";

/** Quiet modules around the code, which a reader needs. */
const BORDER = 4;

/** A QR code as a picture: dark on light in each theme, since many readers require that. */
export function qrCode(text: string, label: string): SVGElement {
  const { data, size } = encode(text, { border: BORDER, ecc: "M" });
  const path = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => isDark ? [`M${x} ${y}h1v1h-1z`] : [])
  ).join("");
  const image = element("svg", {
    viewBox: `0 0 ${size} ${size}`,
    role: "img",
    "aria-label": label,
  });
  image.append(element("path", { d: path }));
  return image;
}

function element(tag: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS(SVG, tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
