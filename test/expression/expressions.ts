import fc from 'fast-check';

import { BINARY_OPERATORS, FUNCTIONS, type Expression } from '#rooms/expression/expression.js';

const integer = fc
  .oneof(fc.nat({ max: 20 }), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.constant(-(2n ** 63n)))
  .map((value): Expression => ({ kind: 'integer', digits: String(value) }));

const double = fc
  .oneof(
    fc.nat({ max: 20 }),
    fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  )
  .map((value): Expression => ({ kind: 'double', value }));

const leaf = fc.oneof(
  integer,
  double,
  fc.boolean().map((value): Expression => ({ kind: 'boolean', value })),
  fc.constant<Expression>({ kind: 'null' }),
  fc.constantFrom('scale', 'i7', 'd2', 'yes').map((name): Expression => ({ kind: 'variable', name })),
);

const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>) => Object.keys(table) as Key[];

/** Any expression of the language, as data. */
export const expressions: fc.Arbitrary<Expression> = fc.letrec<{ any: Expression }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constant('unary' as const),
      operator: fc.constantFrom('-' as const, '~' as const, 'NOT' as const),
      operand: tie('any'),
    }),
    fc.record({
      kind: fc.constant('binary' as const),
      operator: fc.constantFrom(...keysOf(BINARY_OPERATORS)),
      left: tie('any'),
      right: tie('any'),
    }),
    fc.record({
      kind: fc.constant('is' as const),
      operand: tie('any'),
      what: fc.constantFrom(true, false, null),
      negated: fc.boolean(),
    }),
    fc.constantFrom(...keysOf(FUNCTIONS)).chain((name) => {
      const { least, most } = FUNCTIONS[name];
      const operands = fc.array(tie('any'), { minLength: least, maxLength: Math.min(most, 4) });
      return operands.map((all): Expression => ({ kind: 'call', name, operands: all }));
    }),
    fc.record({
      kind: fc.constant('case' as const),
      arms: fc.array(fc.record({ condition: tie('any'), value: tie('any') }), { minLength: 1, maxLength: 3 }),
      otherwise: tie('any'),
    }),
  ),
})).any;
