import type { Upload } from '../account/oss-uploads';
import { encoderOf } from './listing';
import { xmlReply, xmlTime } from './reply';
import { numberIn, type Operation, textIn } from './request';

/** One line of the list: an upload, or the uploads that share text up to a delimiter. */
interface Entry {
  readonly at: string;
  readonly upload?: Upload;
}

export const uploadListing: Operation = {
  name: 'ListMultipartUploads',
  run: (request) => {
    const { account, bucket } = request;
    account.oss.getBucket(bucket);
    const [prefix, delimiter, keyMarker] = ['prefix', 'delimiter', 'key-marker'].map((name) => textIn(request, name));
    // Without a key the id alone marks nothing.
    const idMarker = keyMarker === '' ? '' : textIn(request, 'upload-id-marker');
    const maxUploads = numberIn(request, 'max-uploads', 1000, 1, 1000);
    const { encode, EncodingType } = encoderOf(request);
    const entries = entriesOf(account.oss.uploads.list(bucket), prefix, delimiter).filter(
      ({ at, upload }) =>
        at > keyMarker || (at === keyMarker && idMarker !== '' && (upload?.uploadId ?? '') > idMarker),
    );
    const page = entries.slice(0, maxUploads);
    const last = entries.length > maxUploads ? page.at(-1) : undefined;
    return xmlReply('ListMultipartUploadsResult', {
      EncodingType,
      Bucket: bucket,
      KeyMarker: encode(keyMarker),
      UploadIdMarker: idMarker,
      NextKeyMarker: encode(last?.at ?? ''),
      NextUploadIdMarker: last?.upload?.uploadId ?? '',
      Delimiter: encode(delimiter),
      Prefix: encode(prefix),
      MaxUploads: maxUploads,
      IsTruncated: last !== undefined,
      Upload: page.flatMap(({ upload }) =>
        upload
          ? [
              {
                Key: encode(upload.key),
                UploadId: upload.uploadId,
                StorageClass: upload.settings.storageClass ?? account.oss.getBucket(bucket).storageClass,
                Initiated: xmlTime(upload.initiated),
              },
            ]
          : [],
      ),
      CommonPrefixes: page.flatMap(({ at, upload }) => (upload ? [] : [{ Prefix: encode(at) }])),
    });
  },
};

/** Ordered by key, those of one key by id. */
function entriesOf(uploads: readonly Upload[], prefix: string, delimiter: string): Entry[] {
  const entries = new Map<string, Entry>();
  for (const upload of uploads.filter(({ key }) => key.startsWith(prefix))) {
    const end = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
    if (end < 0) {
      entries.set(`${upload.key}\0${upload.uploadId}`, { at: upload.key, upload });
    } else {
      const at = upload.key.slice(0, end + delimiter.length);
      entries.set(at, { at });
    }
  }
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}
