import { describeLibrary } from './library.js';

describeLibrary('the embedded server', []);
