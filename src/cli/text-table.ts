export type Side = 'left' | 'right';

/** Columns side by side, as psql shows them, each line ending with a newline. */
export function tableOfText(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  sides: readonly Side[],
): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) => {
      const cells = widths.map((width, column) => {
        const cell = row[column] ?? '';
        return sides[column] === 'right' ? cell.padStart(width) : cell.padEnd(width);
      });
      return `  ${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}
