/** Bytes of an IPv6 address as PostgreSQL prints it; undefined where the text is none. */
export function ipv6Words(text: string): readonly number[] | undefined {
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined || !/^[0-9a-f:]*$/.test(text)) return undefined;
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const parts = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  return parts.every((part) => /^[0-9a-f]{1,4}$/.test(part))
    ? parts.map((part) => parseInt(part, 16))
    : undefined;
}

/** inet_recv: family (2 for IPv4, 3 for IPv6, inet.h), bits of the mask, whether it is a cidr, bytes. */
export function writeInet(text: string, isCidr: 0 | 1, buffer: Buffer, at: number): number {
  const [address = '', bits] = text.split('/');
  const words = address.includes(':') ? ipv6Words(address) : undefined;
  const width = words === undefined ? 4 : 16;
  buffer[at] = words === undefined ? 2 : 3;
  buffer[at + 1] = bits === undefined ? width * 8 : Number(bits);
  buffer[at + 2] = isCidr;
  buffer[at + 3] = width;
  if (words !== undefined) return words.reduce((end, word) => buffer.writeUInt16BE(word, end), at + 4);
  return address.split('.').reduce((end, part) => buffer.writeUInt8(Number(part), end), at + 4);
}
