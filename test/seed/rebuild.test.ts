import { describe, expect, it } from 'vitest';

import type { KeyConstraint, TableObjects } from '#rooms/seed/catalog.js';
import { partsToDrop } from '#rooms/seed/rebuild.js';

const KEY: KeyConstraint = {
  table: 'public.orders',
  name: 'orders_pkey',
  definition: 'PRIMARY KEY (id)',
  index: 'public.orders_pkey',
  indexDefinition: "CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (id) WITH (fillfactor='70')",
  usingIndex: true,
  primary: true,
  deferral: '',
  parentIndex: undefined,
  replicaIdentity: false,
  clustered: false,
  comment: undefined,
};

const objects = (some: Partial<TableObjects>): TableObjects => ({
  foreignKeys: [],
  keys: [],
  indexes: [],
  ...some,
});

describe('what is taken away before loading', () => {
  const parts = partsToDrop(
    objects({
      foreignKeys: [
        {
          table: 'public.items',
          name: 'items_fk',
          definition: 'FOREIGN KEY (order_id) REFERENCES public.orders(id)',
          ofPartitioned: false,
          comment: undefined,
        },
      ],
      keys: [KEY],
      indexes: [
        {
          table: 'public.orders',
          index: 'public."by Day"',
          indexDefinition: 'CREATE INDEX "by Day" ON public.orders USING btree (day)',
          replicaIdentity: false,
          parentIndex: undefined,
          clustered: true,
          comment: "'for reports'",
        },
      ],
    }),
  );

  it('goes in an order in which nothing is needed any more: foreign keys, keys, indexes', () => {
    expect(parts.map((part) => part.drop)).toEqual([
      'ALTER TABLE public.items DROP CONSTRAINT items_fk',
      'ALTER TABLE public.orders DROP CONSTRAINT orders_pkey',
      'DROP INDEX public."by Day"',
    ]);
  });

  it('comes back as it was: storage parameters, comments and clustering included', () => {
    expect(parts.map(({ build, attach, check }) => ({ build, attach, check }))).toEqual([
      {
        build: null,
        attach: [
          'ALTER TABLE public.items ADD CONSTRAINT items_fk FOREIGN KEY (order_id) REFERENCES public.orders(id) NOT VALID',
        ],
        check: { statement: 'ALTER TABLE public.items VALIDATE CONSTRAINT items_fk', alone: false },
      },
      {
        build: KEY.indexDefinition,
        attach: ['ALTER TABLE public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey'],
        check: null,
      },
      {
        build: 'CREATE INDEX "by Day" ON public.orders USING btree (day)',
        attach: [
          'ALTER TABLE public.orders CLUSTER ON "by Day"',
          `COMMENT ON INDEX public."by Day" IS 'for reports'`,
        ],
        check: null,
      },
    ]);
  });

  it('is checked alone where a partitioned table refers, and not at all where the schema did not', () => {
    const foreign = {
      table: 'public.events',
      name: 'fk',
      definition: 'FOREIGN KEY (a) REFERENCES public.b(id)',
      comment: "'why'",
    };
    const [alone, never] = partsToDrop(
      objects({
        foreignKeys: [
          { ...foreign, ofPartitioned: true },
          { ...foreign, definition: `${foreign.definition} NOT VALID`, ofPartitioned: false },
        ],
      }),
    );
    const add = `ALTER TABLE public.events ADD CONSTRAINT fk ${foreign.definition}`;
    const comment = `COMMENT ON CONSTRAINT fk ON public.events IS 'why'`;
    expect(alone).toMatchObject({ attach: [], check: { statement: `${add}; ${comment}`, alone: true } });
    expect(never).toMatchObject({ attach: [`${add} NOT VALID`, comment], check: null });
  });

  it('comes back by its own definition where no index can be made into it', () => {
    const exclusion = {
      ...KEY,
      usingIndex: false,
      primary: false,
      definition: 'EXCLUDE USING gist (span WITH &&)',
    };
    expect(partsToDrop(objects({ keys: [exclusion] }))[0]).toMatchObject({
      build: 'ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey EXCLUDE USING gist (span WITH &&)',
      attach: [],
    });
  });

  it('keeps deferrability and replica identity', () => {
    const key = { ...KEY, primary: false, deferral: 'DEFERRABLE INITIALLY DEFERRED', replicaIdentity: true };
    expect(partsToDrop(objects({ keys: [key] }))[0]?.attach).toEqual([
      'ALTER TABLE public.orders ADD CONSTRAINT orders_pkey UNIQUE USING INDEX orders_pkey DEFERRABLE INITIALLY DEFERRED',
      'ALTER TABLE public.orders REPLICA IDENTITY USING INDEX orders_pkey',
    ]);
  });

  it('of partitions goes with their parents and comes back piece by piece, attached', () => {
    const parent = { ...KEY, usingIndex: false };
    const child = {
      ...KEY,
      table: 'public.orders_1',
      name: 'orders_1_pkey',
      index: 'public.orders_1_pkey',
      parentIndex: 'public.orders_pkey',
    };
    const [, ofChild] = partsToDrop(objects({ keys: [parent, child] }));
    expect(ofChild?.drop).toBeNull();
    expect(ofChild?.attach.at(-1)).toBe(
      'ALTER INDEX public.orders_pkey ATTACH PARTITION public.orders_1_pkey',
    );
  });
});
