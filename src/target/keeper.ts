// The keeper: a process of its own that outlives the harness by a moment. It is started before the server and holds
// the other end of a pipe; when the harness ends, however it ends, the pipe closes and the keeper cleans up: it stops the
// server and removes the directory, or keeps it for the next harness.
import { utimesSync } from 'node:fs';
import { join } from 'node:path';

import { DATA_FOLDER, removeInstance, stopServerOf } from './stop-server.ts';

const [, , task = '', directory = ''] = process.argv;

// Ctrl-C and a closing terminal do not reach a session of its own; a kill of every process of a user does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

// Other hosts that share the home see by this that the instance is in use (owner.ts).
const heartbeat = setInterval(touch, 60_000);

process.stdin.on('end', cleanUp);
process.stdin.on('error', cleanUp);
process.stdin.resume();

function cleanUp(): void {
  clearInterval(heartbeat);
  const cleaned =
    task === 'stop' ? stopServerOf(join(directory, DATA_FOLDER), 'discard') : removeInstance(directory);
  cleaned.then(
    () => process.exit(0),
    // The next harness sweeps.
    () => process.exit(1),
  );
}

function touch(): void {
  try {
    const now = Date.now() / 1_000;
    utimesSync(directory, now, now);
  } catch {
    // Being removed by the harness itself.
  }
}
