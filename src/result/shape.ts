import { z } from 'zod';

import { bytes, milliseconds } from '../units.ts';

/* The building blocks of the file: every number says its unit by its block. */

/** A length of time, or a point of time since the run's origin (the start of its first phase). */
export const ms = z.number().transform(milliseconds).describe('milliseconds');
export const size = z.number().int().transform(bytes).describe('bytes');
export const count = z.number().int().nonnegative();

export const encodedHistogram = z.object({ hdr: z.string(), max: z.number(), sum: z.number() }).readonly();

/** A list that nobody changes. */
export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
