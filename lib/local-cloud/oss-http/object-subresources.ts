import { checkKey } from '../account/object-rules';
import { CloudError } from '../account/cloud-error';
import { invalidArgument } from '../account/oss-error';
import { encodePercent } from '../http/request';
import { readDocument } from './body';
import { ownerFields } from './bucket-settings';
import { settingsOf, storedHeaders, versionHeaders } from './object-headers';
import { forbidsOverwrite } from './object-operations';
import { emptyReply, xmlReply } from './reply';
import { etagOf, keyInHeader, type Operation, optionalHeader, type OssRequest, versionOf } from './request';
import { readTagging, writeTagging } from './tagging';

/** Operations on an object's sub-resources: of the current version, or of the one that is named. */
export const objectSubresources: Readonly<Record<string, Operation>> = {
  'GET acl': {
    name: 'GetObjectAcl',
    run: (request) =>
      xmlReply(
        'AccessControlPolicy',
        { Owner: ownerFields(request.account), AccessControlList: { Grant: objectOf(request).acl } },
        versionHeadersOf(request),
      ),
  },
  'PUT acl': {
    name: 'PutObjectAcl',
    run: (request) => {
      const acl = optionalHeader(request, 'x-oss-object-acl');
      if (acl === undefined) {
        throw invalidArgument('x-oss-object-acl', '', 'an ACL');
      }
      return update(request, { acl });
    },
  },
  'GET tagging': {
    name: 'GetObjectTagging',
    run: (request) => xmlReply('Tagging', writeTagging(objectOf(request).tags), versionHeadersOf(request)),
  },
  'PUT tagging': {
    name: 'PutObjectTagging',
    run: async (request) => {
      objectOf(request);
      return update(request, { tags: readTagging(await readDocument(request, 'Tagging')) });
    },
  },
  'DELETE tagging': {
    name: 'DeleteObjectTagging',
    run: (request) => update(request, { tags: {} }, 204),
  },
  'PUT symlink': {
    name: 'PutSymlink',
    action: 'PutObject',
    acl: 'write',
    run: (request) => {
      const { account, bucket, key } = request;
      const symlinkTarget = keyInHeader(optionalHeader(request, 'x-oss-symlink-target') ?? '');
      if (symlinkTarget === '') {
        throw invalidArgument('x-oss-symlink-target', '', 'the key that the symlink stands for');
      }
      checkKey(symlinkTarget);
      const settings = { ...settingsOf(request), type: 'Symlink', symlinkTarget } as const;
      const forbidOverwrite = forbidsOverwrite(request);
      const object = account.oss.putObject(bucket, key, new Uint8Array(), settings, { forbidOverwrite });
      return emptyReply(200, storedHeaders(account, account.oss.getBucket(bucket), object));
    },
  },
  'GET symlink': {
    name: 'GetSymlink',
    action: 'GetObject',
    acl: 'read',
    run: (request) => {
      const object = objectOf(request);
      const { symlinkTarget, lastModified, meta } = object;
      if (symlinkTarget === undefined) {
        throw new CloudError('NotSymlink', `the object ${request.key} is no symlink`);
      }
      return emptyReply(200, {
        'x-oss-symlink-target': encodePercent(symlinkTarget),
        'last-modified': new Date(lastModified).toUTCString(),
        etag: etagOf(object),
        ...versionHeadersOf(request),
        ...Object.fromEntries(Object.entries(meta).map(([name, value]) => [`x-oss-meta-${name}`, value])),
      });
    },
  },
};

function objectOf(request: OssRequest) {
  return request.account.oss.getObject(request.bucket, request.key, versionOf(request));
}

function versionHeadersOf(request: OssRequest) {
  return versionHeaders(request.account.oss.getBucket(request.bucket), objectOf(request));
}

function update(request: OssRequest, patch: Parameters<typeof request.account.oss.updateObject>[2], status = 200) {
  const { account, bucket, key } = request;
  const object = account.oss.updateObject(bucket, key, patch, versionOf(request));
  return emptyReply(status, versionHeaders(account.oss.getBucket(bucket), object));
}
