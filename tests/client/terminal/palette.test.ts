import { assert, assertEquals } from "@std/assert";
import { NAME_COLORS, nameColor } from "../../../client/terminal/palette.ts";

/** Relative luminance (WCAG 2.2) of sRGB values from 0 to 255. */
function luminance(...rgb: number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** A colour of the cube that xterm has from 16 to 231. */
function cubeColor(color: number): number[] {
  const levels = [0, 95, 135, 175, 215, 255];
  const index = color - 16;
  return [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map((level) =>
    levels[level]!
  );
}

function contrast(one: number, other: number): number {
  const [dark = 0, light = 0] = [one, other].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

Deno.test("every colour of a name can be read on white, black and dark grey", () => {
  for (const color of NAME_COLORS) {
    const own = luminance(...cubeColor(color));
    assert(contrast(own, luminance(255, 255, 255)) >= 3.5, `${color} on white`);
    assert(contrast(own, luminance(0, 0, 0)) >= 3.5, `${color} on black`);
    assert(contrast(own, luminance(30, 30, 30)) >= 3, `${color} on dark grey`);
  }
});

Deno.test("a name has one colour in upper and lower case, and names have many", () => {
  assertEquals(nameColor("Alice"), nameColor("aLICE"));
  const names = Array.from({ length: 200 }, (_, index) => `user${index}`);
  assertEquals(new Set(names.map(nameColor)).size, NAME_COLORS.length);
});
