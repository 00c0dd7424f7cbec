import { execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import * as https from 'node:https';
import * as net from 'node:net';
import * as path from 'node:path';
import * as tls from 'node:tls';
import { promisify } from 'node:util';
import OSS from 'ali-oss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tlsFiles, trustEnvironment, type TlsFiles } from '../../../lib/local-cloud/server/certificate';
import { LocalCloud } from '../../../lib/local-cloud/server/local-cloud';
import { scratchFolder } from '../../scratch';

let cloud: LocalCloud;
let certificate: string;
let port: number;

beforeAll(async () => {
  cloud = await LocalCloud.start();
  certificate = fs.readFileSync(cloud.endpoints.certificate, 'utf8');
  port = Number(cloud.endpoints.http.split(':')[1]);
});
afterAll(() => cloud.stop());

interface Answer {
  readonly status: number;
  readonly text: string;
}

function get(options: https.RequestOptions, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = https.request({ host: '127.0.0.1', port, ca: certificate, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

describe('the HTTP port', () => {
  it('speaks TLS and plain HTTP', async () => {
    expect((await get({ path: '/_local/health' })).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/_local/health`)).status).toBe(200);
  });

  it('serves many requests and large bodies of one connection', async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    cloud.account.oss.createBucket('cn-hangzhou', { name: 'tls-large', acl: 'public-read-write' });
    const content = Buffer.alloc(3 << 20, 'abcdefgh');
    for (const round of [1, 2, 3]) {
      const target = { agent, path: `/tls-large/${round}` };
      expect(
        (await get({ ...target, method: 'PUT', headers: { 'content-length': content.length } }, content)).status,
      ).toBe(200);
      expect((await get(target)).text).toBe(content.toString());
    }
    agent.destroy();
  });

  it('is not trusted by who does not know the certificate', async () => {
    await expect(get({ ca: undefined, path: '/_local/health' })).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED/),
    });
  });

  it.each(['localhost', 'data.oss-cn-hangzhou.aliyuncs.com', 'oss-cn-beijing-internal.aliyuncs.com'])(
    'has a certificate for %s, and for no other of Alibaba’s hosts',
    (host) => {
      const parsed = new X509Certificate(certificate);
      expect(parsed.checkHost(host)).toBeDefined();
      expect(parsed.checkHost('www.aliyun.com')).toBeUndefined();
      expect(parsed.checkHost('ram.aliyuncs.com')).toBeUndefined();
      expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1');
      expect(parsed.verify(parsed.publicKey)).toBe(true);
    },
  );

  it('tells policies whether a request came over TLS', async () => {
    const { oss } = cloud.account;
    oss.createBucket('cn-hangzhou', { name: 'tls-only', acl: 'public-read' });
    const deny = { Effect: 'Deny', Principal: ['*'], Action: ['oss:*'], Resource: ['acs:oss:*:*:tls-only*'] };
    const statement = { ...deny, Condition: { Bool: { 'acs:SecureTransport': ['false'] } } };
    oss.updateBucket('tls-only', { policy: JSON.stringify({ Version: '1', Statement: [statement] }) });
    expect((await fetch(`http://127.0.0.1:${port}/tls-only`)).status).toBe(403);
    expect((await get({ path: '/tls-only' })).status).toBe(200);
  });

  it("lets Alibaba's client for Node.js in with the address that is printed, with and without TLS", async () => {
    const { accessKeyId, accessKeySecret, http } = cloud.endpoints;
    for (const scheme of ['http', 'https']) {
      const client = new OSS({
        accessKeyId,
        accessKeySecret,
        region: 'oss-cn-hangzhou',
        endpoint: `${scheme}://${http}`,
        bucket: `bucket-${scheme}`,
        httpsAgent: new https.Agent({ ca: certificate }),
      } as OSS.Options);
      await client.putBucket(`bucket-${scheme}`);
      await client.put('key', Buffer.from('content'));
      expect(String((await client.get('key')).content)).toBe('content');
    }
  });

  it('ends what begins like TLS and is not, or never goes on, and goes on itself', async () => {
    await new Promise<void>((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write(Buffer.from([0x16, 1, 2, 3, 4, 5, 6, 7, 8])));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
    await new Promise<void>((resolve) => net.connect(port, '127.0.0.1', resolve).end());
    const broken = tls.connect({ port, host: '127.0.0.1', ca: certificate }, () => broken.destroy());
    broken.on('error', () => undefined);
    expect((await get({ path: '/_local/health' })).status).toBe(200);
  });
});

describe('the certificate of a state folder', () => {
  it('is made once, with a key that its owner alone can read', () => {
    const folder = scratchFolder();
    const files = tlsFiles(folder, {});
    const made = fs.readFileSync(files.certificate, 'utf8');
    expect(fs.statSync(files.key).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(files.key)).mode & 0o777).toBe(0o700);
    tlsFiles(folder, {});
    expect(fs.readFileSync(files.certificate, 'utf8')).toBe(made);
  });

  it('is made anew when it cannot be used', () => {
    const folder = scratchFolder();
    const files = tlsFiles(folder, {});
    fs.chmodSync(files.key, 0o644);
    fs.writeFileSync(files.certificate, 'nonsense');
    tlsFiles(folder, {});
    expect(() => new X509Certificate(fs.readFileSync(files.certificate))).not.toThrow();
    expect(fs.statSync(files.key).mode & 0o777).toBe(0o600);
  });

  it('is made anew with its key when either is damaged, or they do not belong together', () => {
    const files = tlsFiles(scratchFolder(), {});
    const other = tlsFiles(scratchFolder(), {});
    const isWhole = () => {
      const certificate = new X509Certificate(fs.readFileSync(files.certificate));
      const fits = certificate.checkPrivateKey(createPrivateKey(fs.readFileSync(files.key)));
      return fits && certificate.verify(certificate.publicKey);
    };
    const flipped = (file: string, at: number) => {
      const text = fs.readFileSync(file);
      // Another letter, so that it stays Base64.
      text[at] = text[at] === 0x41 ? 0x42 : 0x41;
      return text;
    };
    for (const damage of [
      () => fs.writeFileSync(files.key, ''),
      () => fs.writeFileSync(files.key, Buffer.alloc(200)),
      () => fs.copyFileSync(other.key, files.key),
      () => fs.writeFileSync(files.key, flipped(files.key, 120)),
      () => fs.writeFileSync(files.certificate, flipped(files.certificate, 200)),
      () => fs.writeFileSync(files.certificate, flipped(files.certificate, fs.statSync(files.certificate).size - 60)),
    ]) {
      damage();
      tlsFiles(path.dirname(path.dirname(files.key)), {});
      expect(isWhole()).toBe(true);
    }
  });

  it('comes beside what clients trust anyway', () => {
    const folder = scratchFolder();
    const own = path.join(folder, 'company.pem');
    fs.writeFileSync(own, 'COMPANY');
    const files: TlsFiles = tlsFiles(folder, { SSL_CERT_FILE: own });
    const bundle = fs.readFileSync(files.bundle, 'utf8');
    expect(bundle).toContain('COMPANY');
    expect(bundle.startsWith(fs.readFileSync(files.certificate, 'utf8'))).toBe(true);
    expect(bundle).toContain(tls.rootCertificates[0]);
    expect(trustEnvironment(files, {})).toEqual({
      NODE_EXTRA_CA_CERTS: files.certificate,
      SSL_CERT_FILE: files.bundle,
      REQUESTS_CA_BUNDLE: files.bundle,
      CURL_CA_BUNDLE: files.bundle,
      ALIBABA_CLOUD_CA_BUNDLE: files.bundle,
      ALICLOUD_LOCAL_CERTIFICATE: files.certificate,
    });
    expect(trustEnvironment(files, { NODE_EXTRA_CA_CERTS: own }).NODE_EXTRA_CA_CERTS).toBe(files.bundle);
  });

  it("comes beside the system's own file, whose place it takes", () => {
    const system = path.join(scratchFolder(), 'system.pem');
    const [first, second] = tls.rootCertificates;
    const company = first.replace(/[A-Za-z]/g, 'C').replace(/-----C+ C+-----/, '-----BEGIN CERTIFICATE-----');
    const ofCompany = company.replace(/-----C+ C+-----$/, '-----END CERTIFICATE-----');
    fs.writeFileSync(system, `# Some company\n${ofCompany}\n${second}\n`);
    const files = tlsFiles(scratchFolder(), {}, ['/nowhere', system]);
    const bundle = fs.readFileSync(files.bundle, 'utf8');
    expect(bundle).toContain(ofCompany);
    expect(bundle.split(second)).toHaveLength(2);
  });

  it('is trusted by a Node that has the environment', async () => {
    const program = `fetch('https://${cloud.endpoints.http}/_local/health').then(({ status }) => console.log(status))`;
    const environment = { ...process.env, ...cloud.endpoints.environment };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { env: environment });
    expect(stdout).toBe('200\n');
  });
});
