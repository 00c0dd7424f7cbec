import { ossHost } from '../../cloud/hosts';
import { CloudError } from '../account/cloud-error';
import { OssError } from '../account/oss-error';
import type { Bucket } from '../account/oss-types';
import type { Exchange } from '../http/request';

/** What stands for a region in the hosts that are near every client. */
const ACCELERATED = /^accelerate(-overseas)?$/;

/** The region that the host of a request names; undefined for this machine, at which all regions are. */
export function regionOf({ authority }: Pick<Exchange, 'authority'>): string | undefined {
  return authority.kind === 'alibaba' ? authority.region : undefined;
}

/**
 * A bucket is reached by its own region's hosts, and where its transfers are accelerated by those for all of the world.
 *
 * Assumption: this goes for every operation on a bucket, and for one whose transfers are not accelerated, too.
 *
 * @throws CloudError AccessDenied, which names the endpoint
 */
export function checkEndpoint(exchange: Exchange, { name, region, transferAcceleration }: Bucket): void {
  const asked = regionOf(exchange);
  if (asked === undefined || asked === region || (transferAcceleration && ACCELERATED.test(asked))) {
    return;
  }
  throw new OssError(
    'AccessDenied',
    'The bucket you are attempting to access must be addressed using the specified endpoint. ' +
      'Please send all future requests to this endpoint.',
    403,
    { elements: { Bucket: name, Endpoint: ossHost(region) } },
  );
}

/**
 * Buckets are listed, made and deleted at a region's endpoint. Source: transfer acceleration, usage notes.
 * Assumption: the error.
 *
 * @throws CloudError AccessDenied
 */
export function checkNotAccelerated(exchange: Exchange): void {
  if (ACCELERATED.test(regionOf(exchange) ?? '')) {
    throw new CloudError('AccessDenied', 'buckets are not listed, made or deleted at an acceleration endpoint', 403);
  }
}
