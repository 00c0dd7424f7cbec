/**
 * Names under which Terraform and OpenTofu know the provider. The second is that of configurations and modules that name no
 * source.
 */
const ADDRESSES = ['registry.terraform.io', 'registry.opentofu.org'].flatMap((registry) =>
  ['aliyun', 'hashicorp'].map((owner) => `${registry}/${owner}/alicloud`),
);

/** Value of `TF_REATTACH_PROVIDERS` with which Terraform uses the provider that listens on a port of 127.0.0.1. */
export function reattachProviders(port: number): string {
  const provider = {
    Protocol: 'grpc',
    ProtocolVersion: 5,
    Pid: process.pid,
    // Terraform must not end the process when it is done.
    Test: true,
    Addr: { Network: 'tcp', String: `127.0.0.1:${port}` },
  };
  return JSON.stringify(Object.fromEntries(ADDRESSES.map((address) => [address, provider])));
}
