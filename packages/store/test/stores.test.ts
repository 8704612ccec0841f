import { inFolder, inMemory } from './fixture/premises.js';
import { historySuite } from './history.suite.js';
import { memorySuite, restartSuite } from './memory.suite.js';

describe('The memory of a SQLite store in memory', () => {
  memorySuite(inMemory);
});

describe('The memory of a SQLite store in a folder', () => {
  memorySuite(inFolder);
  restartSuite(inFolder);
});

describe('The history of a SQLite store in memory', () => {
  historySuite(inMemory);
});

describe('The history of a SQLite store in a folder', () => {
  historySuite(inFolder);
});
