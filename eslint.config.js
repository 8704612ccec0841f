/**
 * Biome formats and lints syntax; ESLint holds only the rules that need types, and the length of files. All files
 * are one program, that of tsconfig.test.json: it reads packages from their sources, so nothing has to be built, and one
 * program is two thirds of the work of one for each package.
 */
import rxjs from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

const SOURCES = ['packages/*/src/**/*.{ts,tsx}', 'things/*/src/**/*.{ts,tsx}'];
const PROGRAMS = ['{packages,things}/*/test/**/*.{ts,tsx}', '{test,examples,bench,td}/**/*.{ts,tsx}'];

const typed = {
  plugins: { '@typescript-eslint': tseslint.plugin, 'rxjs-x': rxjs },
  rules: {
    '@typescript-eslint/await-thenable': 'error',
    '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-misused-promises': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'rxjs-x/no-async-subscribe': 'error',
    'rxjs-x/no-create': 'error',
    'rxjs-x/no-ignored-notifier': 'error',
    'rxjs-x/no-ignored-replay-buffer': 'error',
    'rxjs-x/no-internal': 'error',
    'rxjs-x/no-nested-subscribe': 'error',
    'rxjs-x/no-sharereplay': ['error', { allowConfig: true }],
    'rxjs-x/no-sharereplay-before-takeuntil': 'error',
    'rxjs-x/no-subject-unsubscribe': 'error',
    'rxjs-x/no-subscribe-in-pipe': 'error',
    'rxjs-x/no-topromise': 'error',
    'rxjs-x/no-unbound-methods': 'error',
    'rxjs-x/no-unsafe-takeuntil': 'error',
  },
};

const languageOptions = {
  parser: tseslint.parser,
  parserOptions: { project: ['tsconfig.test.json'], tsconfigRootDir: import.meta.dirname },
};

export default [
  { ignores: ['**/dist/**', '**/node_modules/**', 'coverage/**', 'docs/api/**', 'data/**', '**/*.{js,cjs,mjs}'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: SOURCES,
    ...typed,
    languageOptions,
    rules: {
      ...typed.rules,
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'rxjs-x/no-exposed-subjects': 'error',
    },
  },
  { files: PROGRAMS, ...typed, languageOptions },
  {
    // The one erased seam: there the types of an implementation end and the schemas that gave them go on.
    files: ['packages/core/src/expose.ts'],
    rules: { '@typescript-eslint/consistent-type-assertions': 'off' },
  },
];
