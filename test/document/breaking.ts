/** Texts of files by name. */
export type Texts = Readonly<Record<string, string>>;

/** A mistake that can be made in a file: on one line, `written` instead of `right`. */
export interface Slip {
  readonly file: string;
  readonly right: string;
  readonly written: string;
}

export function withSlips(texts: Texts, slips: readonly Slip[]): Texts {
  return Object.fromEntries(
    Object.entries(texts).map(([file, text]) => [
      file,
      slips
        .filter((slip) => slip.file === file)
        .reduce((left, { right, written }) => left.replace(right, () => written), text),
    ]),
  );
}

/** `file:line` of each slip. Throws where the right text does not stand there exactly once. */
export function placesOf(texts: Texts, slips: readonly Slip[]): readonly string[] {
  return slips
    .map(({ file, right }) => {
      const [before, ...after] = (texts[file] ?? '').split(right);
      if (before === undefined || after.length !== 1) throw new Error(`${right} is not once in ${file}`);
      return `${file}:${before.split('\n').length}`;
    })
    .toSorted();
}
