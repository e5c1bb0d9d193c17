// Loads one table when told to.
import { parentPort, workerData } from 'node:worker_threads';

import { generated } from './loads.js';

const { settings, table } = workerData;
parentPort.once('message', () => {
  void generated(settings, table).then(() => parentPort.postMessage('done'));
});
parentPort.postMessage('ready');
