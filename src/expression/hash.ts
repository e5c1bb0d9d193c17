const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

const FNV_OFFSET_BASIS = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** FNV-1a of the 8 bytes of a value, the lowest first (G. Fowler, L. C. Noll, K.-P. Vo); the seed turns bits of the basis. */
export function fnv1a(value: bigint, seed: bigint): bigint {
  const bytes = unsigned(value);
  let hash = FNV_OFFSET_BASIS ^ unsigned(seed);
  for (let shift = 0n; shift < 64n; shift += 8n)
    hash = unsigned((hash ^ ((bytes >> shift) & 0xffn)) * FNV_PRIME);
  return BigInt.asIntN(64, hash);
}

const MURMUR_FACTOR = 0xc6a4a7935bd1e995n;
const MURMUR_SHIFT = 47n;
const BYTES = 8n;

/** MurmurHash64A of the 8 bytes of a value (A. Appleby, 2008). */
export function murmur2(value: bigint, seed: bigint): bigint {
  const block = multiplied(shifted(multiplied(unsigned(value))));
  const hash = multiplied(unsigned(seed) ^ multiplied(BYTES) ^ block);
  return BigInt.asIntN(64, shifted(multiplied(shifted(hash))));
}

const multiplied = (value: bigint): bigint => unsigned(value * MURMUR_FACTOR);
const shifted = (value: bigint): bigint => value ^ (value >> MURMUR_SHIFT);
