import { XMLParser } from 'fast-xml-parser';
import { SyntaxValidator } from 'fast-xml-validator';
import { describe, expect, it } from 'vitest';

import { judge } from '#rooms/comparison/index.js';
import { junitReport } from '#rooms/report/index.js';

import { impact, lock, migration, resultOf, REWRITE, scenarioOf, statement, step } from '../result/sample.ts';

interface Node {
  readonly ':@'?: Readonly<Record<string, string>>;
  readonly [name: string]: unknown;
}

const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '' });

/** What jenkins-junit.xsd allows: attributes and children, by element. */
const ALLOWED: Readonly<
  Record<string, { readonly attributes: readonly string[]; readonly children: readonly string[] }>
> = {
  testsuites: {
    attributes: ['name', 'time', 'tests', 'failures', 'disabled', 'errors'],
    children: ['testsuite'],
  },
  testsuite: {
    attributes: ['name', 'tests', 'failures', 'errors', 'time', 'disabled', 'skipped', 'timestamp'],
    children: ['testcase', 'properties', 'system-out', 'system-err'],
  },
  testcase: {
    attributes: ['name', 'assertions', 'time', 'classname', 'status'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  'system-out': { attributes: [], children: ['#text'] },
  skipped: { attributes: ['message', 'type'], children: ['#text'] },
  error: { attributes: ['message', 'type'], children: ['#text'] },
  failure: { attributes: ['message', 'type'], children: ['#text'] },
};

const nameOf = (node: Node): string => Object.keys(node).find((key) => key !== ':@') ?? '';
const childrenOf = (node: Node): readonly Node[] => {
  const content = node[nameOf(node)];
  return Array.isArray(content) ? (content as readonly Node[]) : [];
};

function check(node: Node): void {
  const rule = ALLOWED[nameOf(node)];
  if (rule === undefined) return;
  for (const name of Object.keys(node[':@'] ?? {})) expect(rule.attributes).toContain(name);
  for (const child of childrenOf(node)) {
    expect(rule.children).toContain(nameOf(child));
    check(child);
  }
}

function suiteOf(text: string): Node {
  const root = (parser.parse(text) as readonly Node[]).find((node) => nameOf(node) === 'testsuites');
  return childrenOf(root!)[0]!;
}

const outcomes = (suite: Node) =>
  childrenOf(suite).map((one) => ({
    name: one[':@']?.['name'],
    group: one[':@']?.['classname'],
    outcome: childrenOf(one).map(nameOf)[0] ?? 'passed',
  }));

const junit = (result: typeof REWRITE): string => junitReport({ ...result, judgement: judge(result) });

describe('junit.xml', () => {
  it('is well-formed', () => {
    expect(SyntaxValidator.validate(junit(REWRITE))).toBe(true);
    expect(() => SyntaxValidator.validate(`${junit(REWRITE)}<`)).toThrow();
  });

  it('has only what the schema knows', () => {
    for (const node of parser.parse(junit(REWRITE)) as readonly Node[]) check(node);
    expect(nameOf(suiteOf(junit(REWRITE)))).toBe('testsuite');
  });

  it('fails for a broken threshold and a serious finding', () => {
    const cases = outcomes(suiteOf(junit(REWRITE)));
    expect(cases).toContainEqual({
      name: 'no_completion{phase:migration} max < 1s',
      group: 'orders-add-column-naive.thresholds',
      outcome: 'failure',
    });
    expect(cases).toContainEqual({
      name: 'table-rewrite (step 1, orders)',
      group: 'orders-add-column-naive.findings',
      outcome: 'failure',
    });
  });

  it('of a run that passed has no failure: what was found is output', () => {
    const locks = [lock('orders', 'ShareRowExclusiveLock', 300)];
    const dropped = step([statement('DROP TRIGGER audit ON orders', { working: 300, locks })], {
      impact: impact(9, 120, 290),
    });
    const result = resultOf({ migration: migration(dropped) });
    expect(judge(result).verdict.kind).toBe('pass');
    const text = junit(result);
    expect(outcomes(suiteOf(text)).map(({ outcome }) => outcome)).not.toContain('failure');
    expect(text).toContain('failures="0"');
    expect(text).toContain(
      '<system-out>warning: writes to orders were blocked for 300 ms\nDROP TRIGGER audit ON orders\n',
    );
    for (const node of parser.parse(text) as readonly Node[]) check(node);
  });

  it('counts what it lists', () => {
    const suite = suiteOf(junit(REWRITE));
    const count = (kind: string): string =>
      String(outcomes(suite).filter(({ outcome }) => outcome === kind).length);
    expect(suite[':@']).toMatchObject({
      tests: String(childrenOf(suite).length),
      failures: count('failure'),
      errors: count('error'),
      skipped: count('skipped'),
    });
  });

  it('is an error where the measurement can not be believed', () => {
    const cases = outcomes(suiteOf(junit(resultOf({ transactions: [] }))));
    expect(cases[0]).toMatchObject({ name: 'verdict', outcome: 'error' });
  });

  it('says where a migration failed, and what the server said', () => {
    const statementText = 'ALTER TABLE orders ADD CONSTRAINT once UNIQUE (note)';
    const error = {
      sqlState: '23505',
      message: 'could not create unique index',
      detail: 'Key (note)=(a) is duplicated.',
    };
    const failed = step([statement(statementText, { error })], {
      outcome: 'failed',
      error: { ...error, statement: statementText },
    });
    const text = junit(resultOf({ migration: migration(failed) }));
    expect(text).toContain(`in ${statementText} (SQLSTATE 23505)\nKey (note)=(a) is duplicated.</failure>`);
  });

  it('skips a finding that is accepted', () => {
    const accept = [{ finding: 'table-rewrite', reason: 'at night' }];
    const cases = outcomes(suiteOf(junit({ ...REWRITE, scenario: scenarioOf({ accept }) })));
    expect(cases.find(({ name }) => name?.startsWith('table-rewrite'))?.outcome).toBe('skipped');
  });
});
