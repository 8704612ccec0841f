/**
 * The directions of imports: a package may import what stands in its row and nothing else of ours. DESIGN draws it as
 * "core <- web-thing-protocol <- binding-websocket, client", and so on; here it is a table.
 */
const MAY_IMPORT = {
  'packages/core': [],
  'packages/web-thing-protocol': ['core'],
  'packages/listener': ['core'],
  'packages/binding-websocket': ['core', 'listener', 'web-thing-protocol'],
  'packages/binding-http': ['core', 'listener', 'web-thing-protocol'],
  'packages/client': ['core', 'web-thing-protocol'],
  'packages/node-wot': ['core', 'web-thing-protocol', 'binding-websocket', 'client', 'listener'],
  'packages/device-link': ['core', 'listener'],
  'packages/store': ['core'],
  'packages/directory': ['core', 'listener', 'binding-http'],
  'packages/dashboard': ['core', 'client'],
  'packages/gateway': [
    'core',
    'web-thing-protocol',
    'listener',
    'binding-websocket',
    'binding-http',
    'client',
    'device-link',
    'store',
    'directory',
    'things',
  ],
  'packages/cli': ['core', 'client', 'gateway', 'node-wot', 'store', 'things'],
  'things/[^/]+': ['core', 'device-link', 'listener'],
};

/** Packages that run in a browser; the client's Node half is the one file that may know Node. */
const BROWSER = '^packages/(core|web-thing-protocol|client)/src/';

const folderOf = (name) => (name === 'things' ? 'things/' : `packages/${name}/`);

const directions = Object.entries(MAY_IMPORT).map(([from, targets]) => ({
  name: `directions-${from.replace(/^packages\//, '').replace('/[^/]+', '')}`,
  comment: `${from} imports only ${targets.join(', ') || 'nothing of ours'} and itself.`,
  severity: 'error',
  from: { path: `^(${from})/src/` },
  to: {
    path: '^(packages|things)/',
    pathNot: ['^$1/', ...targets.map((target) => `^${folderOf(target)}`)],
  },
}));

module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one file, or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-resolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-deep-imports',
      comment: 'Into another package leads only its door: src/index.ts or src/<subpath>/index.ts.',
      severity: 'error',
      from: { path: '^((?:packages|things)/[^/]+)/' },
      to: { path: '^(packages|things)/[^/]+/', pathNot: ['^$1/', '/src/index\\.ts$', '/src/[^/]+/index\\.tsx?$'] },
    },
    {
      name: 'no-deep-imports-from-programs',
      comment: 'Examples, benchmarks and the TD generator use packages as everybody does: by their doors.',
      severity: 'error',
      from: { path: '^(examples|bench|td)/' },
      to: { path: '^(packages|things)/', pathNot: ['/src/index\\.ts$', '/src/[^/]+/index\\.tsx?$'] },
    },
    {
      name: 'nothing-imports-programs',
      comment: 'examples, test, bench and td import anything; no source imports them.',
      severity: 'error',
      from: { path: '^(packages|things)/[^/]+/src/' },
      to: { path: ['^(examples|test|bench|td)/', '^(packages|things)/[^/]+/test/'] },
    },
    {
      name: 'no-node-in-a-browser',
      comment: 'core, web-thing-protocol and client run in a browser.',
      severity: 'error',
      from: { path: BROWSER, pathNot: '^packages/client/src/socket/node\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-ws-in-a-browser',
      comment: 'Browsers have their own WebSocket.',
      severity: 'error',
      from: { path: BROWSER, pathNot: '^packages/client/src/socket/node\\.ts$' },
      to: { path: '(^|/)node_modules/ws/' },
    },
    {
      name: 'no-compiler-in-a-browser',
      comment: 'Compiled checks are injected by servers: the compiler weighs more than all of core.',
      severity: 'error',
      from: { path: BROWSER, pathNot: '^packages/core/src/checks/' },
      to: { path: ['^packages/core/src/checks/', '(^|/)node_modules/typebox/build/(compile|schema/compile)'] },
    },
    {
      name: 'no-undeclared-dependencies',
      comment: 'What a package imports stands in its package.json.',
      severity: 'error',
      from: { path: '^(packages|things)/[^/]+/src/' },
      // An optional peer counts as both.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'no-development-dependencies',
      comment: 'What src imports is not a devDependency; types may be, and what is an optional peer as well.',
      severity: 'error',
      from: { path: '^(packages|things)/[^/]+/src/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only', 'npm-peer'],
        pathNot: '(^|/)node_modules/@types/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|things)/[^/]+/dist/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.d.ts'],
    },
    skipAnalysisNotInRules: true,
  },
};
