import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import { ARROWS, WITHOUT_CDKTF } from './eslint.arrows.cjs';

/** What no file of the package may import from. */
const OUTSIDE = ['test', 'bench', 'scripts', 'examples'];

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'packages/*/dist/',
      'lib/provider-schema/gen/',
      '.deploy/',
      '**/cdktf.out/',
      'reports/',
      '.stryker-tmp/',
    ],
  },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // An interface may ask for a promise, a method may be passed on bound, and a tree from elsewhere is shown as it is.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/explicit-member-accessibility': ['error', { overrides: { constructors: 'no-public' } }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportDeclaration[source.value=/^node:(fs|os|path)$/] ImportSpecifier',
          message: "import these modules whole: import * as fs from 'node:fs'",
        },
      ],
    },
  },
  {
    // What a server answers is read as it comes, and held against the expected value.
    files: ['test/**/*.ts'],
    rules: Object.fromEntries(
      ['argument', 'assignment', 'call', 'enum-comparison', 'member-access', 'return'].map((what) => [
        `@typescript-eslint/no-unsafe-${what}`,
        'off',
      ]),
    ),
  },
  { files: ['**/*.mjs', '**/*.cjs', '**/*.mts', '**/*.d.cts'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { console: 'readonly', exports: 'writable', process: 'readonly', require: 'readonly' },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  { files: ['**/*.d.ts'], rules: { '@typescript-eslint/explicit-member-accessibility': 'off' } },
  {
    files: ['lib/**/*.ts', 'stacks/**/*.ts'],
    plugins: { boundaries, 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts'], extensionAlias: { '.js': ['.ts'] } })],
      'import/resolver': {
        [path.resolve(path.dirname(fileURLToPath(import.meta.url)), 'scripts/import-resolver.cjs')]: {},
        node: {},
      },
      'boundaries/elements': [...Object.keys(ARROWS), ...OUTSIDE]
        .sort((a, b) => b.length - a.length)
        .map((room) => ({ type: room, pattern: room })),
    },
    rules: {
      // Types may name each other; values that need each other at load time may not.
      'import-x/no-cycle': 'error',
      'boundaries/no-unknown-files': 'error',
      'boundaries/no-unknown-dependencies': 'error',
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          checkAllOrigins: false,
          policies: Object.entries(ARROWS)
            .filter(([, others]) => others.length > 0)
            .map(([room, others]) => ({
              from: { element: { type: room } },
              allow: { to: { element: { types: { anyOf: others } } } },
            })),
        },
      ],
    },
  },
  {
    files: WITHOUT_CDKTF.map((room) => `${room}/**/*.ts`),
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: ['cdktf', 'constructs'].map((name) => ({ name, message: 'only lib/constructs and stacks may' })) },
      ],
    },
  },
);
