import { assert, assertEquals } from "@std/assert";
import { readSource } from "../../tools/bundle.ts";

/** Minimum contrast of text, by WCAG 2.2, 1.4.3. */
const MIN_CONTRAST = 4.5;

type Rgb = readonly [red: number, green: number, blue: number];

/** Linear sRGB, of https://bottosson.github.io/posts/oklab/. */
function fromOklch(lightness: number, chroma: number, degrees: number): Rgb {
  const a = chroma * Math.cos(degrees * Math.PI / 180);
  const b = chroma * Math.sin(degrees * Math.PI / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function fromHex(color: string): Rgb {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const value = parseInt(color.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return [red!, green!, blue!];
}

function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [one, other]
    .map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue)
    .sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

const style = await readSource("web/style/base.css");

/** The values of a colour for light and for dark. */
function schemesOf(name: string): [string, string] {
  const [, light, dark] = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(style)!;
  return [light!, dark!];
}

Deno.test("style: 16 colours of names have one weight, fit sRGB, and can be read", () => {
  const hues = [...style.matchAll(/--hue: ([\d.]+)/g)].map(([, hue]) => Number(hue));
  assertEquals(new Set(hues).size, 16);
  const lights = [...style.matchAll(/oklch\(([\d.]+) ([\d.]+) var\(--hue\)\)/g)];
  assertEquals(lights.length, 2);
  for (const [scheme, [, lightness, chroma]] of lights.entries()) {
    for (const hue of hues) {
      const color = fromOklch(Number(lightness), Number(chroma), hue);
      const about = `hue ${hue}, scheme ${scheme}`;
      assert(color.every((part) => part > -0.001 && part < 1.001), `outside of sRGB: ${about}`);
      for (const place of ["page", "panel", "marked"]) {
        const ratio = contrast(color, fromHex(schemesOf(place)[scheme]!));
        assert(ratio >= MIN_CONTRAST, `${about} on ${place}: ${ratio}`);
      }
    }
  }
});

Deno.test("style: texts can be read on all grounds on which they are", () => {
  const pairs = [
    ...["page", "panel", "raised", "hover"].flatMap((
      ground,
    ) => [["text", ground], ["soft", ground]]),
    ["accent", "page"],
    ["on-accent", "accent"],
    ["current-text", "current"],
    ["text", "marked"],
    ["fault", "page"],
    ["fault", "fault-page"],
    ["warn", "warn-page"],
    ["page", "soft"],
    ["page", "fault"],
  ];
  for (const [text, ground] of pairs) {
    for (const scheme of [0, 1]) {
      const ratio = contrast(
        fromHex(schemesOf(text!)[scheme]!),
        fromHex(schemesOf(ground!)[scheme]!),
      );
      assert(ratio >= MIN_CONTRAST, `${text} on ${ground}, scheme ${scheme}: ${ratio.toFixed(2)}`);
    }
  }
});
