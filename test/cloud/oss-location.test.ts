import { expect, it } from 'vitest';
import { parseOssLocation } from '../../lib/cloud/oss-location';

it.each([
  ['oss://my-bucket', 'my-bucket', ''],
  ['oss://my-bucket/', 'my-bucket', ''],
  ['oss://my-bucket/a/b c\n中.csv', 'my-bucket', 'a/b c\n中.csv'],
])('%j is a place', (text, bucket, key) => {
  expect(parseOssLocation(text)).toEqual({ bucket, key });
});

it.each(['', 'oss://', 'oss:///key', 'oss://My_Bucket/key', 'oss://ab/key', 'http://bucket/key', ' oss://my-bucket/'])(
  '%j is none',
  (text) => {
    expect(parseOssLocation(text)).toBeUndefined();
  },
);
