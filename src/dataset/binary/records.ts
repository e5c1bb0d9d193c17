import type { RecordType } from '../column-type.ts';
import type { ScalarValue, Value } from '../generator.ts';

type Write = (value: Exclude<ScalarValue, null>, buffer: Buffer, at: number) => number;

/** record_recv: number of fields; of each its type's OID, its length, and the value. */
export function recordWriter(
  { fields }: RecordType,
  writers: readonly Write[],
): (value: Exclude<Value, null>, buffer: Buffer, at: number) => number {
  return (value, buffer, at) => {
    const values = value as readonly ScalarValue[];
    let end = buffer.writeInt32BE(fields.length, at);
    fields.forEach(({ oid }, index) => {
      const start = buffer.writeUInt32BE(oid, end) + 4;
      const field = values[index] ?? null;
      const write = writers[index];
      end = field === null || write === undefined ? start : write(field, buffer, start);
      buffer.writeInt32BE(field === null ? -1 : end - start, start - 4);
    });
    return end;
  };
}
