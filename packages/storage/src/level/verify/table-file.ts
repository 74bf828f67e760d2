/**
 * The table format of LevelDB: data blocks, filter block, metaindex block, index block, footer.
 * Each block is followed by its type (one byte: 0, not compressed) and the masked CRC-32C of block
 * and type. The footer (48 bytes) holds the handles (offset and size as varints) of metaindex and
 * index block, zeroes, and a magic number.
 */
import { ByteReader } from "./byte-reader.ts";
import { crc32c, unmaskCrc32c } from "./crc32c.ts";

const footerBytes = 48;
const trailerBytes = 5;
const magic = Buffer.from("57fb808b247547db", "hex");

interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

/** The offset of the first damage in a table, `undefined` if every byte is as it was written. */
export function findTableDamage(bytes: Uint8Array): number | undefined {
  const footer = bytes.length - footerBytes;
  if (footer < 0) return 0;
  if (!magic.equals(bytes.subarray(bytes.length - magic.length))) return bytes.length - 8;
  try {
    const reader = new ByteReader(bytes, footer, bytes.length - magic.length);
    const metaindex = readHandle(reader);
    const index = readHandle(reader);
    while (!reader.done) if (reader.varint() !== 0) return footer;
    return findBlockDamage(bytes, metaindex, index);
  } catch {
    return footer;
  }
}

function findBlockDamage(
  bytes: Uint8Array,
  metaindex: BlockHandle,
  index: BlockHandle,
): number | undefined {
  for (const handle of [index, metaindex]) if (!isIntact(bytes, handle)) return handle.offset;
  const inner = [...readBlockHandles(bytes, index), ...readBlockHandles(bytes, metaindex)];
  // Blocks lie one after another, so that none is unaccounted for.
  let offset = 0;
  for (const handle of [...inner, metaindex, index]) {
    if (handle.offset !== offset || !isIntact(bytes, handle)) return offset;
    offset += handle.size + trailerBytes;
  }
  return offset === bytes.length - footerBytes ? undefined : offset;
}

function isIntact(bytes: Uint8Array, { offset, size }: BlockHandle): boolean {
  const end = offset + size + 1;
  if (end + 4 > bytes.length - footerBytes) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset + end, 4);
  return crc32c(bytes, offset, end) === unmaskCrc32c(view.getUint32(0, true));
}

/** The handles that are the values of an index block. */
function readBlockHandles(bytes: Uint8Array, { offset, size }: BlockHandle): BlockHandle[] {
  const end = offset + size;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const restartCount = view.getUint32(end - 4, true);
  const handles: BlockHandle[] = [];
  const reader = new ByteReader(bytes, offset, end - 4 - 4 * restartCount);
  while (!reader.done) {
    reader.varint();
    const keyBytes = reader.varint();
    reader.varint();
    reader.bytes(keyBytes);
    handles.push(readHandle(reader));
  }
  return handles;
}

function readHandle(reader: ByteReader): BlockHandle {
  return { offset: reader.varint(), size: reader.varint() };
}
