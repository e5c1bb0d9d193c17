/** A file that a person wrote, as it was read at the edge of the house. */
export interface SourceFile {
  /** As people know it: relative to where they are, if it is below. */
  readonly file: string;
  readonly text: string;
}

/** Reads `reference` as it is written in the file `from`; undefined where there is no such file. */
export type ReadFile = (reference: string, from: string) => SourceFile | undefined;
