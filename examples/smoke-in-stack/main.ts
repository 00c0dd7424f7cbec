/** A table's file in the bucket, and the smoke test as the last step of the apply: a broken channel fails it. */
import { App, TerraformStack } from 'cdktf';
import { DlaMqNotification } from 'cdktf-alicloud-dla';
import { OssBucketObject } from 'cdktf-alicloud-dla/provider-alicloud/oss-bucket-object';
import { AlicloudProvider } from 'cdktf-alicloud-dla/provider-alicloud/provider';

const app = new App();
const stack = new TerraformStack(app, 'smoke');
new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });

const notification = new DlaMqNotification(stack, 'notification', {
  smokePrepare: [
    "create schema if not exists smoke with dbproperties (catalog = 'oss', location = 'oss://{bucket}/')",
    "create external table if not exists smoke.people (id bigint, name string) stored as json location 'oss://{bucket}/people/'",
  ],
  smokeQuery: 'select * from smoke.people',
});
const people = new OssBucketObject(stack, 'people', {
  bucket: notification.bucket.bucketName,
  key: 'people/rows.json',
  content: '{"id":1,"name":"Ada"}\n{"id":2,"name":"Grace"}\n',
});
notification.smokeTest({ dependsOn: [people], timeoutSeconds: 300 });

app.synth();
