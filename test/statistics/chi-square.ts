/**
 * Whether counts fit expectations at one in a million, so that a right sampler with a fixed seed passes and a wrong one does not.
 * Classes with fewer than 5 expected are put together. Critical value by Wilson and Hilferty (1931).
 */
export function fits(observed: readonly number[], expected: readonly number[]): boolean {
  const classes = grouped(observed, expected);
  const statistic = classes.reduce((sum, { seen, due }) => sum + (seen - due) ** 2 / due, 0);
  const freedom = Math.max(1, classes.length - 1);
  const spread = 2 / (9 * freedom);
  return statistic < freedom * (1 - spread + ONE_IN_A_MILLION * Math.sqrt(spread)) ** 3;
}

/** Quantile of the standard normal distribution. */
const ONE_IN_A_MILLION = 4.753;

interface Class {
  seen: number;
  due: number;
}

function grouped(observed: readonly number[], expected: readonly number[]): readonly Class[] {
  const classes: Class[] = [];
  let open: Class = { seen: 0, due: 0 };
  observed.forEach((seen, index) => {
    open = { seen: open.seen + seen, due: open.due + expected[index]! };
    if (open.due < 5) return;
    classes.push(open);
    open = { seen: 0, due: 0 };
  });
  const last = classes.at(-1);
  if (last !== undefined) Object.assign(last, { seen: last.seen + open.seen, due: last.due + open.due });
  return classes;
}

/** How often each index from 0 to size − 1 was drawn. */
export function tally(size: number, draws: number, draw: (index: number) => number): number[] {
  const counts = new Array<number>(size).fill(0);
  for (let index = 0; index < draws; index++) {
    const drawn = draw(index);
    if (counts[drawn] === undefined) throw new RangeError(`drew ${drawn} out of ${size}`);
    counts[drawn]++;
  }
  return counts;
}
