const NAME =
  /^(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*))*/u;

/** SQL addressed by the parser's locations, which count bytes of UTF-8. */
export class SourceText {
  readonly #bytes: Buffer;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'utf8');
  }

  /** The name that begins there, as its author spelled it. The parser leaves out a location of 0. */
  nameAt(location: number | undefined): string {
    return NAME.exec(this.between(location ?? 0))?.[0] ?? '';
  }

  between(start: number, end: number = this.#bytes.length): string {
    return this.#bytes.subarray(start, end).toString('utf8').trim();
  }
}
