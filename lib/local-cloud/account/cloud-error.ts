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
