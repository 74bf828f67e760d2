/**
 * A screenshot as a PNG of at most 256 colours: a third of the size, and no difference to the eye, as
 * most of a page is of few colours. Takes 8-bit RGB and RGBA without interlacing, as browsers write it.
 */
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS_MAX = 256;
/** Channels by the colour type of the header. */
const CHANNELS = new Map([
  [2, 3],
  [6, 4],
]);

/** @param {Buffer} png @returns {Buffer} */
export function toPalette(png) {
  const { width, height, rows } = decode(png);
  const { palette, indices } = quantize(rows);
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    lines.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]))),
    chunk("IDAT", deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The pixels as 0xRRGGBB. */
function decode(/** @type {Buffer} */ png) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = CHANNELS.get(png[25] ?? 0);
  if (png[24] !== 8 || channels === undefined || png[28] !== 0) {
    throw new Error("this PNG is not 8-bit RGB or RGBA without interlacing");
  }
  const parts = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const isData = png.toString("latin1", at + 4, at + 8) === "IDAT";
    if (isData) parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const bytes = unfilter(inflateSync(Buffer.concat(parts)), width * channels, channels);
  const rows = new Uint32Array(width * height);
  for (let i = 0; i < rows.length; i++) {
    const at = i * channels;
    rows[i] = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  }
  return { width, height, rows };
}

/**
 * @param {Buffer} filtered
 * @param {number} stride bytes of a line
 * @param {number} step bytes of a pixel
 */
function unfilter(filtered, stride, step) {
  const height = filtered.length / (stride + 1);
  const bytes = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x < step ? 0 : (bytes[at - step] ?? 0);
      const up = y === 0 ? 0 : (bytes[at - stride] ?? 0);
      const corner = x < step || y === 0 ? 0 : (bytes[at - stride - step] ?? 0);
      const predicted = predict(filter ?? 0, left, up, corner);
      bytes[at] = (filtered[y * (stride + 1) + 1 + x] ?? 0) + predicted;
    }
  }
  return bytes;
}

/** @param {number} filter @param {number} left @param {number} up @param {number} corner */
function predict(filter, left, up, corner) {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const [a, b, c] = [
    Math.abs(up - corner),
    Math.abs(left - corner),
    Math.abs(left + up - 2 * corner),
  ];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** So many of the palette are the most frequent colours. */
const FREQUENT = 160;

/** A palette, and the nearest of its colours for every pixel. */
function quantize(/** @type {Uint32Array} */ pixels) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const palette = choose(counts);
  const indexOf = new Map(palette.map((colour, index) => [colour, index]));
  for (const colour of counts.keys()) {
    if (!indexOf.has(colour)) indexOf.set(colour, nearest(palette, colour));
  }
  return { palette, indices: Uint8Array.from(pixels, (colour) => indexOf.get(colour) ?? 0) };
}

/** The frequent ones, then those that would be missed most: a dot of its own colour keeps it. */
function choose(/** @type {ReadonlyMap<number, number>} */ counts) {
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const palette = sorted.slice(0, FREQUENT).map(([colour]) => colour);
  const rest = sorted.slice(FREQUENT).map(([colour, count]) => {
    const distance = difference(palette[nearest(palette, colour)] ?? 0, colour);
    return { colour, weight: Math.sqrt(count), distance };
  });
  const loss = (/** @type {(typeof rest)[number]} */ one) => one.distance * one.weight;
  while (palette.length < COLOURS_MAX && rest.length > 0) {
    const worst = rest.reduce((a, b) => (loss(b) > loss(a) ? b : a));
    if (worst.distance === 0) break;
    palette.push(worst.colour);
    for (const one of rest) {
      one.distance = Math.min(one.distance, difference(worst.colour, one.colour));
    }
  }
  return palette;
}

/** @param {readonly number[]} palette @param {number} colour */
function nearest(palette, colour) {
  let best = 0;
  let distance = Number.POSITIVE_INFINITY;
  for (const [index, candidate] of palette.entries()) {
    const own = difference(candidate, colour);
    if (own >= distance) continue;
    best = index;
    distance = own;
  }
  return best;
}

/** @param {number} a @param {number} b */
function difference(a, b) {
  const red = (a >> 16) - (b >> 16);
  const green = ((a >> 8) & 255) - ((b >> 8) & 255);
  const blue = (a & 255) - (b & 255);
  return 2 * red * red + 4 * green * green + 3 * blue * blue;
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}
