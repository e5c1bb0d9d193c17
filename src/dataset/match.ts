interface Tagged {
  readonly kind: string;
}

/** One function for each kind of a tagged union: a new kind without one does not compile. */
export type Cases<Union extends Tagged, Context, Result> = {
  readonly [Kind in Union['kind']]: (
    value: Extract<Union, { readonly kind: Kind }>,
    context: Context,
  ) => Result;
};

/** A `switch` over all kinds, as a table. */
export function match<Union extends Tagged, Context, Result>(
  value: Union,
  cases: Cases<Union, Context, Result>,
  context: Context,
): Result {
  // The function of a kind takes the members of just that kind; the compiler does not follow the link through the index.
  const handle = cases[value.kind as Union['kind']] as (value: Union, context: Context) => Result;
  return handle(value, context);
}
