/** What a test environment fails with. */

/** A handler did not do in its replay what its journal records. */
export interface Mismatch {
  readonly invocationId: string;
  /** `service/handler`. */
  readonly target: string;
  /** The difference, as the SDK has found it. */
  readonly message: string;
}

/** Handlers are not deterministic; the message shows the differences. */
export class NonDeterminismError extends Error {
  override readonly name = "NonDeterminismError";
  readonly mismatches: readonly Mismatch[];

  constructor(mismatches: readonly Mismatch[]) {
    const texts = mismatches.map(
      ({ target, invocationId, message }) => `${target} (${invocationId}):\n${message}`,
    );
    super(`handlers are not deterministic:\n\n${texts.join("\n\n")}`);
    this.mismatches = mismatches;
  }
}
