/** Zstandard of the runtime's own: Node 22.15 has it, Node 20 has not. */

/** Compresses and decompresses whole bodies. */
export interface Zstd {
  compress(bytes: Uint8Array): Promise<Uint8Array>;
  /** Rejects for what is no Zstandard, and for more than `bytesMax`. */
  decompress(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array>;
}

type Done = (error: Error | null, result: Uint8Array) => void;

interface NodeZlib {
  zstdCompress?: (bytes: Uint8Array, done: Done) => void;
  zstdDecompress?: (bytes: Uint8Array, options: { maxOutputLength: number }, done: Done) => void;
}

/** Undefined where the runtime has none. */
export function findZstd(): Zstd | undefined {
  // Asked for at run time, so that bundles for other runtimes hold no import of Node's.
  const zlib = nodeModule("node:zlib") as NodeZlib | undefined;
  const { zstdCompress, zstdDecompress } = zlib ?? {};
  if (zstdCompress === undefined || zstdDecompress === undefined) return undefined;
  return {
    compress: (bytes) => promised((done) => zstdCompress(bytes, done)),
    decompress: (bytes, maxOutputLength) =>
      promised((done) => zstdDecompress(bytes, { maxOutputLength }, done)),
  };
}

function nodeModule(name: string): unknown {
  if (typeof process === "undefined") return undefined;
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
  return getBuiltinModule?.(name);
}

function promised(start: (done: Done) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error === null ? resolve(result) : reject(error)));
  });
}
