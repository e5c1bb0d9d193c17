/** Line (from 1) of a byte offset in the UTF-8 form of a text. */
export function lineFinder(text: string): (byteOffset: number | undefined) => number {
  const source = Buffer.from(text, 'utf8');
  const ends: number[] = [];
  for (let at = source.indexOf(10); at >= 0; at = source.indexOf(10, at + 1)) ends.push(at);
  return (offset = 0) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
