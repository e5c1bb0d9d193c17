/** One thing to take away before loading and to build again after it. Plain data: it waits in the manifest. */
export interface Part {
  /** As people know it. */
  readonly name: string;
  /** As people know it. */
  readonly table: string;
  /** Qualified and quoted where needed, as the server writes it. */
  readonly relation: string;
  /** Null where it goes with the index of the parent table. */
  readonly drop: string | null;
  /** Qualified; null for a foreign key. */
  readonly index: string | null;
  readonly parentIndex: string | null;
  /** What takes long and touches no other table: builds of different parts run side by side. */
  readonly build: string | null;
  /** What only changes the catalog, in order; after all builds, parents before their partitions. */
  readonly attach: readonly string[];
  readonly check: Check | null;
}

/** The check of a foreign key. */
export interface Check {
  readonly statement: string;
  /** Runs while no other check does: it locks both tables against each other. */
  readonly alone: boolean;
}
