import { expect, it } from 'vitest';

import { servicesIn } from '#rooms/target/service-file.js';

it('is read as libpq reads it: no quotes, the first of two, comments only on lines of their own', () => {
  const text = `# ours
[staging]
host=db.test
password=s=e#c ;ret
 port = 6543
host=other

[empty]
[staging]
host=third
`;
  expect(Object.fromEntries(servicesIn(text))).toEqual({
    staging: { host: 'db.test', password: 's=e#c ;ret', port: '6543' },
    empty: {},
  });
});
