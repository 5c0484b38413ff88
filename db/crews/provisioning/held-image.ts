export interface CachedImage {
  readonly configHash: string;
  readonly tag: string;
  readonly imageId: string;
  readonly sizeBytes: number;
}

/** An image of ours as a daemon has it. An older one of its configuration has lost its name to the next. */
export interface HeldImage extends Omit<CachedImage, 'tag'> {
  readonly tag: string | null;
}
