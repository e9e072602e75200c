/** What is recorded of one prebuilt image. */
export interface ImageManifest {
  readonly sha256: string;
  readonly bytes: number;
  /** Benchmarks: the checksum of the same sources run natively, by scale. */
  readonly checksums: Readonly<Record<string, string>>;
  /** Benchmarks: instructions between READY and DONE, by scale. */
  readonly instructions: Readonly<Record<string, number>>;
}

/** What is recorded when the images are built. */
export interface Manifest {
  /** SHA-256 over the sources, so that a change without a rebuild is noticed. */
  readonly sources: string;
  /** Programs of Linux. */
  readonly programs: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
  readonly images: Readonly<Record<string, ImageManifest>>;
}
