import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as entry from '../lib';

const ROOT = path.join(__dirname, '..');
const INDEX = path.join(ROOT, 'lib/index.ts');

/** Faults of jsii in the properties of what a file exports: members that can be written, unions and mapped types. */
function jsiiFaults(program: ts.Program, file: string): string[] {
  const checker = program.getTypeChecker();
  const entry = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  return checker.getExportsOfModule(entry).flatMap((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return (target.declarations ?? []).filter(ts.isInterfaceDeclaration).flatMap((declaration) =>
      declaration.members.filter(ts.isPropertySignature).flatMap((member) => {
        const name = `${target.name}.${member.name.getText()}`;
        const readonly = member.modifiers?.some((one) => one.kind === ts.SyntaxKind.ReadonlyKeyword);
        return [...(readonly ? [] : [`${name} can be written`]), ...typeFaults(name, member.type!)];
      }),
    );
  });
}

function typeFaults(name: string, type: ts.TypeNode): string[] {
  const own = ts.isUnionTypeNode(type)
    ? [`${name} is a union`]
    : ts.isMappedTypeNode(type) || (ts.isTypeReferenceNode(type) && MAPPED.includes(type.typeName.getText()))
      ? [`${name} is a mapped type`]
      : [];
  const inner: string[] = [];
  ts.forEachChild(type, (child) => {
    if (ts.isTypeNode(child)) {
      inner.push(...typeFaults(name, child));
    }
  });
  return [...own, ...inner];
}

const MAPPED = ['Record', 'Partial', 'Required', 'Readonly', 'Pick', 'Omit'];

describe('the properties of what the package exports', () => {
  it('can be used from every language of jsii', () => {
    const program = ts.createProgram([INDEX], { strict: true, noEmit: true, skipLibCheck: true });
    expect(jsiiFaults(program, INDEX)).toEqual([]);
  }, 60_000);

  it('are refused with a union, a mapped type or a member that can be written', () => {
    const host = ts.createCompilerHost({});
    const source = `
      export interface BadProps {
        readonly union?: string | number;
        readonly list?: (string | number)[];
        readonly record?: Record<string, string>;
        readonly mapped?: { [K in 'a' | 'b']: string };
        written?: string;
        readonly fine?: { [key: string]: string };
      }`;
    const read = host.getSourceFile;
    host.getSourceFile = (name, ...rest) =>
      name === 'bad.ts' ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022, true) : read(name, ...rest);
    expect(jsiiFaults(ts.createProgram(['bad.ts'], { noLib: true, types: [] }, host), 'bad.ts')).toEqual([
      'BadProps.union is a union',
      'BadProps.list is a union',
      'BadProps.record is a mapped type',
      'BadProps.mapped is a mapped type',
      'BadProps.written can be written',
    ]);
  });
});

describe('the main entry', () => {
  it('loads no MySQL client, no server and no part that stands beside the constructs', () => {
    const script = `require(${JSON.stringify(INDEX)}); console.log(Object.keys(require.cache).join('\\n'))`;
    const loaded = execFileSync(process.execPath, ['--require', 'tsx/cjs', '-e', script], {
      encoding: 'utf8',
      cwd: ROOT,
    });
    expect(loaded).toContain('gen/oss-bucket/');
    expect(loaded).not.toMatch(/node_modules\/(mysql2|@grpc|@duckdb|@msgpack|fast-xml-parser)\//);
    expect(loaded).not.toMatch(/lib\/(smoke|local-cloud)\//);
  });

  it('exports every construct, and nothing that is only of use inside', () => {
    expect(Object.keys(entry).sort()).toEqual([
      'Baseline',
      'BaselineOutcome',
      'BucketEncryption',
      'BucketRedundancy',
      'ConstructError',
      'DlaMnsNotification',
      'DlaMqNotification',
      'GranteeKind',
      'GroupProtocol',
      'MAX_RUNNING_TIME_SECONDS',
      'MessageType',
      'MnsQueue',
      'MqEndpoint',
      'MqGroup',
      'MqInstance',
      'MqTopic',
      'OpenAnalyticsMnsRole',
      'OpenAnalyticsMqRole',
      'OpenAnalyticsRole',
      'OssBucket',
      'QueryResultBucket',
      'RamRole',
      'RamUser',
      'ReceiptChannel',
      'ReceiptHint',
      'ReceiptHintError',
      'RolePermission',
      'SmokeTest',
      'StorageClass',
    ]);
  });
});

it('nothing of the constructs names a limit that stands in the tables of the provider', () => {
  // The tables are the one place for numbers such as 64, 128 or 604800; a copy would part from them one day.
  const numbers = [
    'lib/constructs/mq/mq-topic.ts',
    'lib/constructs/mq/mq-group.ts',
    'lib/constructs/mq/mq-instance.ts',
    'lib/constructs/mns/mns-queue.ts',
  ].flatMap(
    (file) =>
      fs
        .readFileSync(path.join(ROOT, file), 'utf8')
        .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
        .match(/\b(64|128|256|60|604800|43200|30)\b/g) ?? [],
  );
  expect(numbers).toEqual([]);
});
