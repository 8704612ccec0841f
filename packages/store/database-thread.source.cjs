// Starts the thread of a database from source, where only a loader can read it; what npm packs starts from `dist`.
require('tsx/cjs/api').register();
require('./src/thread/thread.ts');
