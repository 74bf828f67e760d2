/**
 * Why a discovery response is refused. META0005: a reserved service name. META0012: no protocol
 * version in common. META0013: anything else that is wrong with it.
 */
export type ManifestErrorCode = "META0005" | "META0012" | "META0013";

/** A manifest is malformed or not acceptable. `path` leads to the fault, for example `services[0].name`. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
  readonly code: ManifestErrorCode;
  readonly path: string;
  /** 400 when the definitions are at fault, 500 when the document is not a manifest. */
  readonly status: 400 | 500;

  constructor(
    message: string,
    details: {
      readonly code: ManifestErrorCode;
      readonly path: string;
      readonly status: 400 | 500;
    },
  ) {
    super(message);
    this.code = details.code;
    this.path = details.path;
    this.status = details.status;
  }
}
