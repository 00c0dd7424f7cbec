import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';
import { describe, expect, it } from 'vitest';

const LIB = path.resolve(__dirname, '../../lib');

/** Facts of Alibaba Cloud that were once told in several places, as they stand in text or in a pattern. */
const FACTS: readonly [fact: string, pattern: RegExp][] = [
  ["the principal of DLA's roles", /openanalytics\\?\.aliyuncs/],
  ["the names of DLA's roles", /AliyunOpenAnalytics/],
  ["the system policies of DLA's roles", /AliyunM(Q|NS)FullAccess/],
  [
    'the keys of a hint',
    /\brun[-_]async\b|\bmq-(notify-by|topic|producer-id|endpoint|queue)(?![\w-])|\bmax-running-time-sec\b/,
  ],
  ['the hosts of MQ', /mq-internal|mqinternal|mq-vpc|mqrest/],
  ['the hosts of the services', /aliyuncs\\?\.com/],
  ['the ids of MQ instances', /MQ_INST_/],
  ['the names of result buckets', /aliyun-oa-query-results/],
  ['the characters of a bucket name', /\[a-z0-9\]\[a-z0-9-\](\*|\{1,61\})\[a-z0-9\]/],
  ["RAM's names of resources", /\bacs:(mq|mns|oss|ram|kms):/],
];

describe.each(FACTS)('%s', (_, pattern) => {
  const places = sources()
    .filter((file) => literalsOf(fs.readFileSync(file, 'utf8')).some((literal) => pattern.test(literal)))
    .map((file) => path.relative(LIB, file));

  it('stand in lib/cloud/', () => {
    expect(places.filter((file) => file.startsWith('cloud/'))).not.toEqual([]);
  });

  it('stand nowhere else', () => {
    expect(places.filter((file) => !file.startsWith('cloud/'))).toEqual([]);
  });
});

describe('the search', () => {
  it.each([
    ["const a = 'mq-topic';", ['mq-topic']],
    ['const a = `x${b}mq-topic`;', ['x', 'mq-topic']],
    ['const a = /mq-topic/;', ['/mq-topic/']],
    ["import { a } from './mq-topic';", []],
    ["export { a } from './mq-topic';", []],
    ["const a = require('./mq-topic');", []],
    ['/** mq-topic */ const a = 1; // mq-topic', []],
  ])('sees in %j what the program says', (source, literals) => {
    expect(literalsOf(source)).toEqual(literals);
  });
});

function sources(): string[] {
  return fs
    .readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/(^|\/)gen\//.test(file))
    .map((file) => path.join(LIB, file));
}

/** The texts and patterns of a program, without comments and the paths of modules. */
function literalsOf(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || isRequire(node)) {
      return;
    }
    if (ts.isStringLiteralLike(node) || ts.isRegularExpressionLiteral(node) || ts.isTemplateHead(node)) {
      found.push(node.text);
    } else if (ts.isTemplateMiddleOrTemplateTail(node)) {
      found.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('it.ts', source, ts.ScriptTarget.Latest));
  return found.filter((text) => text !== '');
}

function isRequire(node: ts.Node): boolean {
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'require';
}
