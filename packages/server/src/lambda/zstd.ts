/** Zstandard, which Node 20 lacks; loaded when it is first needed. */
import type { Zstd } from "@hpcc-js/wasm-zstd";

/** The compression level that endpoints are used to. */
const LEVEL = 3;
const FIRST_OUTPUT_BYTES = 1024 * 1024;
const MAGIC = 0xfd2fb528;
const HEADER_BYTES_MAX = 18;
/** Of the field that holds the size, and of the one that names a dictionary. */
const SIZE_FIELD_BYTES = [0, 2, 4, 8] as const;
const DICTIONARY_FIELD_BYTES = [0, 1, 2, 4] as const;

export async function compressZstd(bytes: Uint8Array): Promise<Uint8Array> {
  const zstd = await load();
  return zstd.compress(bytes, LEVEL);
}

/** Rejects with a `RangeError` beyond `bytesMax`, and with an `Error` if it is not Zstandard. */
export async function decompressZstd(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  const announced = contentSizeOf(bytes);
  const zstd = await load();
  if (announced === undefined) return decompressUnknown(zstd, bytes, bytesMax);
  if (announced > bytesMax) throw tooLarge(bytesMax);
  return zstd.decompress(bytes);
}

async function load(): Promise<Zstd> {
  const { Zstd } = await import("@hpcc-js/wasm-zstd");
  return Zstd.load();
}

/** What was compressed as a stream does not say how large it was. */
function decompressUnknown(zstd: Zstd, bytes: Uint8Array, bytesMax: number): Uint8Array {
  for (let room = FIRST_OUTPUT_BYTES; ; room *= 4) {
    const size = Math.min(room, bytesMax + 1);
    zstd.reset();
    const output = zstd.decompressChunk(bytes, size);
    if (output.length < size) return output;
    if (size > bytesMax) throw tooLarge(bytesMax);
  }
}

/** The size that the head of a frame announces, `undefined` if it does not. */
function contentSizeOf(bytes: Uint8Array): number | undefined {
  const view = Buffer.alloc(HEADER_BYTES_MAX);
  view.set(bytes.subarray(0, HEADER_BYTES_MAX));
  if (view.readUInt32LE(0) !== MAGIC) throw new Error("the bytes are not compressed by zstd");
  const descriptor = view.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = DICTIONARY_FIELD_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
  const at = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  switch (SIZE_FIELD_BYTES[(descriptor >> 6) as 0 | 1 | 2 | 3]) {
    case 0:
      return isSingleSegment ? view.readUInt8(at) : undefined;
    case 2:
      return view.readUInt16LE(at) + 256;
    case 4:
      return view.readUInt32LE(at);
    case 8:
      return Number(view.readBigUInt64LE(at));
  }
}

function tooLarge(bytesMax: number): RangeError {
  return new RangeError(`it is larger than ${bytesMax} bytes when decompressed`);
}
