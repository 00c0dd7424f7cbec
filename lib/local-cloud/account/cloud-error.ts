/** A refusal by a service, with the code and HTTP status that Alibaba Cloud gives for it. */
export class CloudError extends Error {
  constructor(
    /** Code of the error, e.g. `EntityNotExist.Role`. */
    public readonly code: string,
    message: string,
    /** Status of the HTTP answer. */
    public readonly httpStatus = 400,
  ) {
    super(message);
    this.name = 'CloudError';
  }
}
