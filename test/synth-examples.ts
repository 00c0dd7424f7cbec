/**
 * Synthesises the examples as they are, each into a folder of its name, or with the baseline of this package.
 *
 * usage: node --require tsx/cjs synth-examples.ts FOLDER [PROPERTIES OF THE BASELINE]
 */
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { App } from 'cdktf';
import { Baseline, type BaselineProps, OssBucket } from 'cdktf-alicloud-dla';

const EXAMPLES = path.resolve(__dirname, '../examples');

const load = createRequire(__filename);

/** Name of the bucket that the baseline has logs written to. */
const LOG_BUCKET = 'access-logs-of-the-team';

function synthAll(folder: string, baseline?: BaselineProps): void {
  if (baseline) {
    const { synth } = App.prototype;
    App.prototype.synth = function () {
      const logBucket = OssBucket.fromBucketName(this, 'access-logs', LOG_BUCKET);
      Baseline.apply(this, { logBucket, ...baseline });
      synth.call(this);
    };
  }
  process.env.MQ_INSTANCE_ID ??= 'MQ_INST_1234567890123456_example';
  const apps = fs.readdirSync(EXAMPLES).filter((name) => fs.existsSync(path.join(EXAMPLES, name, 'cdktf.json')));
  for (const name of apps) {
    process.env.CDKTF_OUTDIR = path.join(folder, name);
    load(path.join(EXAMPLES, name, 'main.ts'));
  }
}

const [folder, baseline] = process.argv.slice(2);
synthAll(folder, baseline === undefined ? undefined : (JSON.parse(baseline) as BaselineProps));
