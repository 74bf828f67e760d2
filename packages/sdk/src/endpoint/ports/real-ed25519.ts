/** Signatures by Ed25519, verified by the runtime's own WebCrypto. */

/** Whether `signature` is that of `bytes`. Rejects where the runtime does not know Ed25519. */
export type VerifySignature = (signature: Uint8Array, bytes: Uint8Array) => Promise<boolean>;

const ALGORITHM = { name: "Ed25519" };

/** Verifies with the 32 bytes of a public key. Throws where there is no WebCrypto. */
export function createVerifier(publicKey: Uint8Array): VerifySignature {
  const { subtle } = crypto;
  const bytesOfKey = new Uint8Array(publicKey);
  // Not the promise of it: some runtimes let a request wait for nothing that another has begun.
  let imported: Awaited<ReturnType<typeof subtle.importKey>> | undefined;
  return async (signature, bytes) => {
    const key =
      imported ?? (await subtle.importKey("raw", bytesOfKey, ALGORITHM, false, ["verify"]));
    imported = key;
    return await subtle.verify(ALGORITHM, key, new Uint8Array(signature), new Uint8Array(bytes));
  };
}
