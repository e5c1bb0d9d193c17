import { expect, it } from 'vitest';

import { markedComment, markedName, markState, unmarkedComment } from '#rooms/target/mark.js';

const HERE = { server: '7713119006516804495', timeline: '1', oid: '16390', name: 'shop "new")\nof the team' };
const WORDS = "Staging of the shop's team\nask Ann before you drop it";
const DATASET = 'pg-rehearse: dataset shop, scale 1, seed 42, sha256:08ed';

it('the mark is a line of the comment, and the rest of it stays', () => {
  for (const comment of ['', WORDS, DATASET, `${WORDS}\n${DATASET}`]) {
    const marked = markedComment({ identity: HERE, comment });
    expect(markState({ identity: HERE, comment: marked })).toBe('marked');
    expect(markState({ identity: HERE, comment })).toBe('none');
    expect(unmarkedComment(marked)).toBe(comment);
    // Once is enough, and a loaded dataset is known by the last line.
    expect(markedComment({ identity: HERE, comment: marked })).toBe(marked);
    expect(marked.endsWith(comment)).toBe(true);
  }
});

it.each([
  ['restored into another database', { ...HERE, oid: '16391' }],
  ['restored on another server', { ...HERE, server: '7713119006516804496' }],
  ['on a standby that was promoted', { ...HERE, timeline: '2' }],
])('the mark of a database does not hold for it %s', (_, identity) => {
  const comment = markedComment({ identity: HERE, comment: WORDS });
  expect(markState({ identity, comment })).toBe('other');
});

it('a mark is not taken for that of another one by a role that can not see which server it is, nor is its own by others', () => {
  const blind = { ...HERE, server: 'unknown', timeline: 'unknown' };
  const seen = markedComment({ identity: HERE, comment: WORDS });
  const unseen = markedComment({ identity: blind, comment: WORDS });
  expect(markState({ identity: blind, comment: seen })).toBe('unseen');
  expect(markState({ identity: HERE, comment: unseen })).toBe('serverless');
  expect(markState({ identity: blind, comment: unseen })).toBe('marked');
  for (const identity of [HERE, blind])
    for (const comment of [seen, unseen])
      expect(markState({ identity: { ...identity, oid: '1' }, comment })).toBe('other');
});

it('the mark of a database that was renamed does not hold under its new name, and says the old one', () => {
  const comment = markedComment({ identity: HERE, comment: WORDS });
  const renamed = { identity: { ...HERE, name: 'shop' }, comment };
  expect(markState(renamed)).toBe('renamed');
  expect(markedName(comment)).toBe(JSON.stringify(HERE.name));
  // Marked again, it bears one mark.
  const again = markedComment(renamed);
  expect(markState({ ...renamed, comment: again })).toBe('marked');
  expect(unmarkedComment(again)).toBe(WORDS);
});

it('what only looks like the mark is none', () => {
  const comment = `once it said: ${markedComment({ identity: HERE, comment: '' })}`;
  expect(markState({ identity: HERE, comment })).toBe('none');
});
