import type { IncomingMessage } from 'node:http';
import type { CloudError } from '../account/cloud-error';
import type { Reply } from './request';
import { writeXml } from './xml';

/** An error that came before any protocol had the request, as the service that the client means would write it. */
export function refusalReply(request: IncomingMessage, requestId: string, error: CloudError): Reply {
  const { headers, method, url = '' } = request;
  const fields = {
    Code: error.code,
    Message: error.message,
    RequestId: requestId,
    HostId: (headers.host ?? '').slice(0, 200),
  };
  const isRpc =
    headers.authorization?.startsWith('ACS3') || headers['x-acs-action'] !== undefined || /[?&]Action=/.test(url);
  if (isRpc) {
    return {
      status: error.httpStatus,
      headers: { 'content-type': 'application/json;charset=utf-8' },
      body: JSON.stringify(fields),
    };
  }
  const body = writeXml('Error', fields);
  const headed = method === 'HEAD' ? { 'x-oss-err': Buffer.from(body).toString('base64') } : undefined;
  return { status: error.httpStatus, headers: { 'content-type': 'application/xml', ...headed }, body };
}
