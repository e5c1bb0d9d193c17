import { describeLibrary } from './library.js';
import { OTHER_BIN, OTHER_NAME } from './server.js';

describeLibrary(
  `an installed server (${OTHER_NAME})`,
  OTHER_BIN === undefined ? undefined : ['--pg-bin', OTHER_BIN],
);
