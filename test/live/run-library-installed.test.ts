import { describeLibrary } from './library.js';
import { INSTALLED_BIN } from './server.js';

describeLibrary(
  `an installed server (${INSTALLED_BIN ?? 'skipped: none below /usr/lib/postgresql'})`,
  INSTALLED_BIN === undefined ? undefined : ['--pg-bin', INSTALLED_BIN],
);
