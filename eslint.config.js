/**
 * Biome formats and lints syntax; ESLint holds only the rules that need types, and the length of files. Each source file
 * is checked within the tsconfig.json of its own package, everything else within tsconfig.test.json.
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

const parser = (parserOptions) => ({
  parser: tseslint.parser,
  parserOptions: { tsconfigRootDir: import.meta.dirname, ...parserOptions },
});

export default [
  { ignores: ['**/dist/**', '**/node_modules/**', 'coverage/**', 'docs/api/**', 'data/**', '**/*.{js,cjs,mjs}'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: SOURCES,
    ...typed,
    languageOptions: parser({ projectService: true }),
    rules: {
      ...typed.rules,
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'rxjs-x/no-exposed-subjects': 'error',
    },
  },
  { files: PROGRAMS, ...typed, languageOptions: parser({ project: ['tsconfig.test.json'] }) },
  {
    // The one erased seam: there the types of an implementation end and the schemas that gave them go on.
    files: ['packages/core/src/expose.ts'],
    rules: { '@typescript-eslint/consistent-type-assertions': 'off' },
  },
];
