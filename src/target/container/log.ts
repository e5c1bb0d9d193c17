import type { Container } from './engine.ts';

/** Everything that it has written, both streams in their order; empty where it is gone. */
export async function logOf(container: Container): Promise<string> {
  const frames = await container
    .logs({ stdout: true, stderr: true, follow: false })
    .catch(() => Buffer.alloc(0));
  return textOfFrames(frames);
}

const HEADER = 8;

/** Docker Engine API, ContainerAttach: a frame is its stream (one byte), three zeros, its length (four bytes) and that many bytes of text. */
export function textOfFrames(frames: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + HEADER <= frames.length) {
    const end = at + HEADER + frames.readUInt32BE(at + 4);
    parts.push(frames.subarray(at + HEADER, end));
    at = end;
  }
  return Buffer.concat(parts).toString('utf8');
}
