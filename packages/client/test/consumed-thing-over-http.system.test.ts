import { consumedThingSuite } from './consumed-thing.suite.js';

consumedThingSuite('http');
