import { deflateSync, inflateSync } from "node:zlib";
import { expect, it } from "vitest";
import { toPalette } from "./png-palette.mjs";

/** @param {number} width @param {number[][]} lines each with its filter first */
function rgbPng(width, lines) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(lines.length, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const data = deflateSync(Buffer.from(lines.flat()));
  const chunk = (/** @type {string} */ type, /** @type {Buffer} */ body) => {
    const whole = Buffer.alloc(body.length + 12);
    whole.writeUInt32BE(body.length, 0);
    whole.write(type, 4, "latin1");
    whole.set(body, 8);
    return whole;
  };
  return Buffer.concat([Buffer.alloc(8), chunk("IHDR", header), chunk("IDAT", data)]);
}

/** The colour of every pixel of a PNG with a palette. */
function pixelsOf(/** @type {Buffer} */ png) {
  const width = png.readUInt32BE(16);
  const paletteBytes = png.readUInt32BE(33);
  const palette = png.subarray(41, 41 + paletteBytes);
  const at = 41 + paletteBytes + 4;
  const lines = inflateSync(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  return [...lines]
    .filter((_, i) => i % (width + 1) !== 0)
    .map((index) => [...palette.subarray(3 * index, 3 * index + 3)]);
}

it("keeps few colours as they are, whatever the filters of the lines", () => {
  const png = rgbPng(2, [
    [1, 10, 20, 30, 1, 1, 1], // sub
    [2, 1, 1, 1, 1, 1, 1], // up
    [3, 1, 1, 1, 1, 1, 1], // average
    [4, 1, 1, 1, 1, 1, 1], // Paeth
  ]);
  expect(pixelsOf(toPalette(png))).toEqual([
    [10, 20, 30],
    [11, 21, 31],
    [11, 21, 31],
    [12, 22, 32],
    [6, 11, 16],
    [10, 17, 25],
    [7, 12, 17],
    [11, 18, 26],
  ]);
});

it("gives rare colours the nearest of the frequent ones", () => {
  const grey = (/** @type {number} */ value) => [value, value, value];
  const frequent = Array.from({ length: 256 }, (_, i) => [grey(i), grey(i)]).flat(2);
  const png = rgbPng(513, [[0, ...frequent, 100, 101, 100]]);
  expect(pixelsOf(toPalette(png)).at(-1)).toEqual([100, 100, 100]);
});
