/** A refusal by a service, with the code and HTTP status that Alibaba Cloud gives for it. */
export class CloudError extends Error {
  constructor(
    public readonly code: string,
    message: string,
    public readonly httpStatus = 400,
  ) {
    super(message);
    this.name = 'CloudError';
  }
}

/** A state folder or an option that the local cloud cannot work with; the message tells what to do. */
export class LocalCloudError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LocalCloudError';
  }
}
