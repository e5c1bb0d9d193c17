import { USUAL_NAME } from './server.js';
import { describeLibrary } from './library.js';

describeLibrary(USUAL_NAME, []);
